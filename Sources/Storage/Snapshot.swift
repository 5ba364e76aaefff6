import Foundation
internal import GRDB

extension Store {
  /// Copies the database as it is at this moment into a file that was reserved for it; readers and writers go on. The
  /// copy is one file: nothing of it stands in a write-ahead log.
  package func snapshot(into file: NewFile) throws {
    try StorageError.translating {
      let copy = try DatabaseQueue(path: file.path)
      do {
        try database.backup(to: copy)
        try copy.writeWithoutTransaction { db in
          try db.execute(sql: "PRAGMA synchronous = FULL")
          guard try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
            throw DatabaseError(resultCode: .SQLITE_BUSY)
          }
        }
        try copy.close()
      } catch {
        try? copy.close()
        throw error
      }
    }
  }
}

extension ReadTransaction {
  /// The number of rows of every table.
  package func tableCounts() throws -> [String: Int] {
    try StorageError.translating {
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      return try Dictionary(uniqueKeysWithValues: tables.map { table in
        (table, try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0)
      })
    }
  }

  /// The schema's version, as the migrations number it.
  package var schemaVersion: Int { Schema.version }
}
