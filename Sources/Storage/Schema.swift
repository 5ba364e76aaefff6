internal import GRDB
internal import Migrations

/// The schema as the migrations make it, and the comparison with what a file has.
///
/// A planted trigger or view can undo a revocation while reporting success, so anything that differs is refused.
enum Schema {
  /// "RSL1": marks the file as ours (SQLite, `PRAGMA application_id`).
  static let applicationID = 0x5253_4C31
  static let version = MigrationScripts.all.last!.number

  static func install(in db: Database) throws {
    try db.inTransaction(.immediate) {
      for script in MigrationScripts.all { try db.execute(sql: script.sql) }
      try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
      return .commit
    }
  }

  /// Looks before a writing connection is made, so that a foreign file is left as it was.
  static func requireOurs(at path: String) throws {
    var configuration = Connection.configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    try queue.read { db in try requireOurs(db) }
  }

  static func check(_ db: Database) throws {
    try requireOurs(db)
    let found = try objects(db)
    let difference = found.first { expected[$0.key] != $0.value } ?? expected.first { found[$0.key] == nil }
    if let difference { throw StorageError.schemaTampered(object: difference.key) }
  }

  private static func requireOurs(_ db: Database) throws {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard application == applicationID, found == version else {
      throw StorageError.foreignSchema(found: application == applicationID ? found : 0, expected: version)
    }
    // In UTF-16, texts that differ in half a character are different in SQL and the same to whoever reads them.
    guard try String.fetchOne(db, sql: "PRAGMA encoding") == "UTF-8" else {
      throw StorageError.schemaTampered(object: "encoding")
    }
  }

  /// `PRAGMA schema_version`: moves with every change to the schema; only then is the comparison repeated.
  static func number(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA schema_version") ?? -1
  }

  /// Every object by kind and name. A second one of the same name makes the first one differ: which of the two counts is
  /// the engine's affair.
  private static func objects(_ db: Database) throws -> [String: String] {
    let rows = try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return Dictionary(
      rows.map { row in
        let texts = Array(row.databaseValues).map { String.fromDatabaseValue($0) ?? "" }
        return ("\(texts[0]) \(texts[1])", "\(texts[2])\n\(texts[3])")
      }, uniquingKeysWith: { first, second in "\(first)\n\(second)" })
  }

  private static let expected: [String: String] = {
    do {
      let memory = try DatabaseQueue()
      try memory.writeWithoutTransaction { try install(in: $0) }
      return try memory.read { try objects($0) }
    } catch {
      fatalError("the embedded migrations do not run")
    }
  }()
}
