import Foundation
import GRDB

@testable import Storage

/// A temporary directory, removed with the value that holds it.
final class Folder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "reseal-storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: String { "\(path)/vault.db" }

  func mode(of name: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as! Int
  }

  func bytes(of name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }

  /// Runs SQL as an attacker would: by a connection of one's own, without our pragmas.
  func attack(_ sql: String) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: database, configuration: configuration)
    try queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
    try queue.close()
  }
}
