import Foundation

/// A folder with a database, its key and provider files; removed with the value that holds it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "reseal-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package var database: String { "\(path)/vault.db" }
  package var keyFile: String { "\(path)/root.key" }
  package var providers: String { "\(path)/providers" }

  package func write(_ text: String, to name: String) throws {
    let file = URL(filePath: "\(path)/\(name)")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
  }

  package func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self)
  }

  /// Whether the database or its log contain a text. Read by another process: closing a descriptor of our own would let
  /// go of SQLite's locks.
  package func databaseHolds(_ text: String) throws -> Bool {
    let grep = Process()
    grep.executableURL = URL(filePath: "/usr/bin/env")
    grep.arguments = ["grep", "-qrF", "--include=vault.db*", "-e", text, path]
    try grep.run()
    grep.waitUntilExit()
    return grep.terminationStatus == 0
  }
}
