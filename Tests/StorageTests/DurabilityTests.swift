import GRDB
import Testing

@testable import Storage

@Suite("durability")
struct DurabilityTests {
  @Test("a full write syncs the log, a normal one does not, in either order")
  func synchronous() async throws {
    let folder = try Folder()
    let store = try Store.create(at: folder.database)
    var levels: [Int] = []
    for durability in [Store.Durability.full, .normal, .normal, .full] {
      levels.append(try await store.write(durability) { tx in try Int.fetchOne(tx.db, sql: "PRAGMA synchronous") ?? -1 })
    }
    #expect(levels == [2, 1, 1, 2])
  }

  @Test("connections are hardened")
  func hardened() async throws {
    let folder = try Folder()
    let store = try Store.create(at: folder.database)
    let wanted = [
      "trusted_schema": 0, "cell_size_check": 1, "secure_delete": 1, "foreign_keys": 1, "mmap_size": 0,
    ]
    for (name, value) in wanted {
      let writer = try await store.write(.normal) { tx in try Int.fetchOne(tx.db, sql: "PRAGMA \(name)") }
      let reader = try store.read { tx in try Int.fetchOne(tx.db, sql: "PRAGMA \(name)") }
      #expect(writer == value, "\(name)")
      #expect(reader == value, "\(name)")
    }
  }

  @Test("the log is written ahead, whatever mode the file was left in")
  func writeAhead() async throws {
    let folder = try Folder()
    try Store.create(at: folder.database).close()
    try folder.attack("PRAGMA journal_mode = DELETE")
    let store = try Store.open(at: folder.database)
    #expect(try await store.write(.full) { tx in try String.fetchOne(tx.db, sql: "PRAGMA journal_mode") } == "wal")
    #expect(try store.read { tx in try String.fetchOne(tx.db, sql: "PRAGMA journal_mode") } == "wal")
  }

  @Test("the schema cannot be written to, not even by our own connection; another's could")
  func defensive() async throws {
    let folder = try Folder()
    let store = try Store.create(at: folder.database)
    let damage = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' ' WHERE name = 'vault'"
    await #expect(throws: StorageError.engine(code: 1)) {
      try await store.write(.normal) { tx in try tx.db.execute(sql: damage) }
    }
    await #expect(throws: (any Error).self) {
      try await store.write(.normal) { tx in try tx.db.execute(sql: "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema") }
    }
    try await store.write(.normal) { _ in }
    try folder.attack(damage)
    #expect(throws: StorageError.schemaTampered(object: "table vault")) { _ = try Store.open(at: folder.database) }
  }

  @Test("a write is told to whoever listens")
  func signalled() async throws {
    let folder = try Folder()
    let store = try Store.create(at: folder.database)
    var elements = store.commits.stream().makeAsyncIterator()
    try await store.write(.normal) { _ in }
    let first: Void? = await elements.next()
    #expect(first != nil)
  }
}
