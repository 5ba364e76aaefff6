import Foundation
import GRDB

/// A temporary directory with a database and its key; removed with the value that holds it.
final class Folder: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "reseal-custody-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: String { "\(path)/vault.db" }
  var keyFile: String { "\(path)/root.key" }

  func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
    try write(Data(text.utf8), to: name, mode: mode)
  }

  func write(_ data: Data, to name: String, mode: Int = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    try data.write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  /// A connection of an attacker's own: no pragmas of ours, no foreign keys, no syncing.
  func attacker() throws -> Attacker { try Attacker(database) }

  func attack(_ sql: String) throws { try attacker().run(sql) }

  /// Puts a row into its table a second time, past every unique index: the schema is as before, to the byte.
  func double(_ rowid: String, in table: String) throws {
    let attacker = try attacker()
    let columns = try attacker.columns(of: table).map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    try attacker.run(
      """
      PRAGMA writable_schema = ON;
      CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE tbl_name = '\(table)';
      DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = '\(table)';
      UPDATE sqlite_schema SET sql = 'CREATE TABLE \(table) (\(columns)) STRICT' WHERE name = '\(table)';
      PRAGMA writable_schema = RESET
      """)
    try attacker.run("INSERT INTO \(table) SELECT * FROM \(table) WHERE rowid = (\(rowid))")
    try attacker.run(
      """
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema SELECT * FROM kept WHERE type = 'index';
      UPDATE sqlite_schema SET sql = (SELECT sql FROM kept WHERE type = 'table') WHERE name = '\(table)';
      DROP TABLE kept;
      PRAGMA writable_schema = RESET
      """)
  }
}

/// Somebody who writes the database file.
final class Attacker: Sendable {
  private let queue: DatabaseQueue

  init(_ path: String) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  deinit { try? queue.close() }

  func run(_ sql: String, _ values: [DatabaseValue] = []) throws {
    try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: StatementArguments(values)) }
  }

  func rows(_ sql: String) throws -> [[DatabaseValue]] {
    try queue.read { try Row.fetchAll($0, sql: sql).map { Array($0.databaseValues) } }
  }

  func texts(_ sql: String) throws -> [String] { try queue.read { try String.fetchAll($0, sql: sql) } }

  func integer(_ sql: String) throws -> Int { try queue.read { try Int.fetchOne($0, sql: sql) ?? 0 } }

  struct Column: Sendable {
    let name: String
    let type: String
    let isNullable: Bool
  }

  func columns(of table: String) throws -> [Column] {
    try queue.read { db in
      try Row.fetchAll(db, sql: "PRAGMA table_info(\(table))").map {
        Column(name: $0["name"], type: $0["type"], isNullable: $0["notnull"] == 0 && $0["pk"] == 0)
      }
    }
  }
}
