import GRDB
import Testing

@testable import Storage

@Suite("a schema that was tampered with")
struct SchemaTests {
  struct Plant: Sendable, CustomTestStringConvertible {
    let object: String
    let sql: String
    var sibling: StorageError? {
      object == "table spent_secrets"
        ? .schemaTampered(object: "index sqlite_autoindex_spent_secrets_1") : nil
    }
    var testDescription: String { object }
  }

  static let plants = [
    Plant(object: "trigger t", sql: "CREATE TRIGGER t AFTER UPDATE ON access_keys BEGIN SELECT 1; END"),
    Plant(object: "view v", sql: "CREATE VIEW v AS SELECT * FROM credentials"),
    Plant(object: "index i", sql: "CREATE INDEX i ON credentials (customer)"),
    Plant(object: "table t", sql: "CREATE TABLE t (x)"),
    Plant(object: "table workspaces", sql: "ALTER TABLE workspaces ADD COLUMN x TEXT"),
    Plant(object: "trigger audit_is_append_only_on_delete", sql: "DROP TRIGGER audit_is_append_only_on_delete"),
    Plant(object: "index schedules_due", sql: "DROP INDEX schedules_due"),
    Plant(object: "table spent_secrets", sql: "DROP TABLE spent_secrets"),
  ]

  /// Written past SQLite, which then does not count a change of the schema: open connections keep the one they know.
  static let rewritten = Plant(
    object: "table schedules",
    sql: """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'failures INTEGER', 'failures  INTEGER') WHERE name = 'schedules';
      PRAGMA writable_schema = RESET
      """)

  /// The engine takes the first of two; a reader of the table might take the other.
  static let doubled = Plant(
    object: "trigger audit_is_append_only_on_delete",
    sql: """
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema VALUES (
        'trigger', 'audit_is_append_only_on_delete', 'audit', 0,
        'CREATE TRIGGER IF NOT EXISTS audit_is_append_only_on_delete BEFORE DELETE ON audit BEGIN SELECT 1; END');
      PRAGMA writable_schema = RESET
      """)

  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test("is found in a database of another encoding, where a text can differ from itself")
  func encoding() throws {
    try Store.create(at: folder.database).close()
    let copy = try DatabaseQueue(path: folder.database)
    let scripts = try copy.read { db in
      try String.fetchAll(db, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    }
    try copy.close()
    let path = "\(folder.database).utf16"
    let other = try DatabaseQueue(path: path)
    try other.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA encoding = 'UTF-16le'")
      for sql in scripts { try db.execute(sql: sql) }
      try db.execute(
        sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version); PRAGMA journal_mode = WAL")
    }
    try other.close()
    #expect(throws: StorageError.schemaTampered(object: "encoding")) { _ = try Store.open(at: path) }
  }

  @Test("is found when the database is opened, by the name of what differs", arguments: plants + [rewritten, doubled])
  func atOpen(plant: Plant) throws {
    try Store.create(at: folder.database).close()
    try folder.attack(plant.sql)
    let error = #expect(throws: StorageError.self) { _ = try Store.open(at: folder.database) }
    // With a table goes the index of its key: either may be named.
    #expect(error == .schemaTampered(object: plant.object) || error == plant.sibling)
  }

  @Test("is found by the next write, which changes nothing", arguments: plants)
  func midFlight(plant: Plant) async throws {
    let store = try Store.create(at: folder.database)
    try await store.write(.normal) { _ in }
    try folder.attack(plant.sql)
    await #expect(throws: StorageError.self) { try await store.write(.normal) { tx in try tx.insert(AuditRow.sample) } }
    await #expect(throws: StorageError.self) { try await store.write(.full) { tx in try tx.insert(AuditRow.sample) } }
    #expect(try store.read { try $0.auditTail(limit: 9) }.isEmpty)
  }

  @Test("is let alone again once the plant is gone")
  func mended() async throws {
    let store = try Store.create(at: folder.database)
    try folder.attack("CREATE TABLE t (x)")
    await #expect(throws: StorageError.schemaTampered(object: "table t")) { try await store.write(.normal) { _ in } }
    try folder.attack("DROP TABLE t")
    try await store.write(.normal) { tx in try tx.insert(AuditRow.sample) }
    #expect(try store.read { try $0.auditTail(limit: 9) }.count == 1)
  }
}
