import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("rows")
struct RowTests {
  private let folder: Folder
  private let samples = Samples()

  init() throws { folder = try Folder() }

  private func stored<R: StoredRow>(like row: R, in store: Store) throws -> [any StoredRow] { try store.read { try $0.rows(R.self) } }

  @Test("what is stored comes back the same, every column")
  func roundTrip() async throws {
    let rows = samples.all
    let store = try Store.create(at: folder.database)
    try await store.write(.normal) { tx in for row in rows { try tx.insert(row) } }
    for row in rows {
      let table = type(of: row).table
      #expect(!row.storedValues.contains(.null), "a sample leaves no column of \(table) empty")
    }
    for row in rows {
      let found = try stored(like: row, in: store)
      #expect(found.map(\.storedValues) == [row.storedValues], "\(type(of: row).table)")
    }
  }

  @Test("a row's columns are its table's, in their order, and its key is the primary key")
  func columns() throws {
    let store = try Store.create(at: folder.database)
    for row in samples.all {
      let type = type(of: row)
      let (names, key) = try store.read { tx in
        (
          try String.fetchAll(tx.db, sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid", arguments: [type.table]),
          try String.fetchAll(
            tx.db, sql: "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", arguments: [type.table])
        )
      }
      #expect(type.storedColumns == names, "\(type.table)")
      #expect(type.key == key, "\(type.table)")
      #expect(row.values.count == type.columns.count, "\(type.table)")
    }
  }

  @Test("every table has a row type")
  func tables() throws {
    let store = try Store.create(at: folder.database)
    let tables = try store.read { tx in
      try String.fetchSet(tx.db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    }
    #expect(tables == Set(samples.all.map { type(of: $0).table }))
  }
}
