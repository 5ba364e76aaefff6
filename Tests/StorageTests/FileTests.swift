import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("the database file")
struct FileTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test("a new database is its owner's alone, log and index included")
  func mode() async throws {
    let store = try Store.create(at: folder.database)
    try await store.write(.full) { tx in try tx.insert(AuditRow.sample) }
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
      let mode = try folder.mode(of: name)
      #expect(mode == 0o600, "\(name)")
    }
    try store.close()
  }

  @Test("an existing file is never made anew")
  func exists() throws {
    try Data("something else".utf8).write(to: URL(filePath: folder.database))
    #expect(throws: StorageError.exists(path: folder.database)) { _ = try Store.create(at: folder.database) }
    #expect(try folder.bytes(of: "vault.db") == Data("something else".utf8))
  }

  @Test("a missing file is said to be missing, and stays missing")
  func missing() {
    #expect(throws: StorageError.missing(path: folder.database)) { _ = try Store.open(at: folder.database) }
    #expect(!FileManager.default.fileExists(atPath: folder.database))
  }

  @Test("a folder that is not there is an error with the path and the reason")
  func nowhere() {
    let path = "\(folder.path)/no/vault.db"
    #expect(throws: StorageError.inaccessible(path: path, error: ENOENT)) { _ = try Store.create(at: path) }
  }

  @Test("a closed database opens again with what was in it")
  func reopened() async throws {
    let store = try Store.create(at: folder.database)
    try await store.write(.normal) { tx in try tx.insert(AuditRow.sample) }
    try store.close()
    let again = try Store.open(at: folder.database)
    #expect(try again.read { try $0.auditTail(limit: 9) }.map(\.subject) == ["subject"])
  }

  /// The files that are not ours, each with the SQL that makes it.
  static let foreign = [
    ("another program's", "CREATE TABLE t (x); INSERT INTO t VALUES (1)", StorageError.foreignSchema(found: 0, expected: 1)),
    (
      "another program's with our number", "CREATE TABLE t (x); PRAGMA user_version = 1",
      StorageError.foreignSchema(found: 0, expected: 1)
    ),
    (
      "a later schema", "CREATE TABLE t (x); PRAGMA application_id = 1381190705; PRAGMA user_version = 2",
      StorageError.foreignSchema(found: 2, expected: 1)
    ),
    (
      "an earlier schema", "CREATE TABLE t (x); PRAGMA application_id = 1381190705; PRAGMA user_version = 0",
      StorageError.foreignSchema(found: 0, expected: 1)
    ),
    (
      "our number without our tables", "CREATE TABLE t (x); PRAGMA application_id = 1381190705; PRAGMA user_version = 1",
      StorageError.schemaTampered(object: "table t")
    ),
  ]

  @Test("a database of another schema is refused and left as it was", arguments: 0..<5)
  func foreign(index: Int) throws {
    let (what, sql, error) = Self.foreign[index]
    try folder.attack(sql)
    let before = try folder.bytes(of: "vault.db")
    let found = #expect(throws: StorageError.self, "\(what)") { _ = try Store.open(at: folder.database) }
    if case .schemaTampered = error {
      guard case .schemaTampered = found else { throw try #require(found) }
    } else {
      #expect(found == error, "\(what)")
      #expect(try folder.bytes(of: "vault.db") == before, "\(what)")
    }
  }

  @Test("a file that is no database is refused and left as it was")
  func noDatabase() throws {
    let content = Data(repeating: 0x41, count: 5000)
    try content.write(to: URL(filePath: folder.database))
    #expect(throws: StorageError.corrupt) { _ = try Store.open(at: folder.database) }
    #expect(try folder.bytes(of: "vault.db") == content)
  }
}

extension AuditRow {
  static let sample = AuditRow(
    sequence: 7, at: Instant(milliseconds: 1), actor: "actor", action: "action", subject: "subject", detail: "{}",
    keyNumber: 1)
}
