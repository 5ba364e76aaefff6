import Foundation
internal import GRDB
import Sealing

/// A consistent view of the database. Lives only inside the closure it is handed to.
package class ReadTransaction {
  let db: Database

  init(_ db: Database) { self.db = db }

  /// The row with this primary key, or `nil`.
  package func row<R: StoredRow>(_: R.Type = R.self, _ key: ColumnValue...) throws -> R? {
    try rows(R.self, matching: R.matching(key), limit: 1).first
  }

  /// Rows whose columns equal the given values.
  package func rows<R: StoredRow>(
    _: R.Type = R.self, matching: [String: ColumnValue] = [:], order: RowOrder = .key, limit: Int = Int.max
  ) throws -> [R] {
    let names = matching.keys.sorted()
    var sql = "SELECT \(R.storedColumns.joined(separator: ", ")) FROM \(R.table)"
    if !names.isEmpty { sql += " WHERE " + names.map { "\($0) IS ?" }.joined(separator: " AND ") }
    sql += " ORDER BY \(order.terms(of: R.self)) LIMIT ?"
    let arguments = names.map { matching[$0]! } + [.integer(Int64(limit))]
    return try fetch(R.self, sql: sql, arguments)
  }

  /// How many rows match.
  package func count<R: StoredRow>(_: R.Type, matching: [String: ColumnValue] = [:]) throws -> Int {
    guard Self.isStorable(Array(matching.values)) else { return 0 }
    let names = matching.keys.sorted()
    var sql = "SELECT count(*) FROM \(R.table)"
    if !names.isEmpty { sql += " WHERE " + names.map { "\($0) IS ?" }.joined(separator: " AND ") }
    return try StorageError.translating {
      try Int.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments(names.map { matching[$0]! })) ?? 0
    }
  }

  func fetch<R: StoredRow>(_: R.Type, sql: String, _ values: [ColumnValue]) throws -> [R] {
    guard Self.isStorable(values) else { return [] }
    return try StorageError.translating {
      let rows = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments(values))
      var result: [R] = []
      while let row = try rows.next() {
        var reader = ColumnReader(row, table: R.table)
        result.append(try R(reading: &reader))
      }
      return result
    }
  }

  func integer(sql: String, _ values: [ColumnValue] = []) throws -> Int64? {
    try StorageError.translating {
      try Int64.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments(values))
    }
  }

  func texts(sql: String, _ values: [ColumnValue] = []) throws -> [String] {
    try StorageError.translating {
      try String.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments(values))
    }
  }

  final func arguments(_ values: [ColumnValue]) -> StatementArguments {
    StatementArguments(values.map(\.databaseValue))
  }

  /// The engine binds text up to its first zero byte only, so such text is not stored and matches nothing.
  static func isStorable(_ values: [ColumnValue]) -> Bool {
    values.allSatisfy { if case .text(let text) = $0 { !text.utf8.contains(0) } else { true } }
  }
}

/// A view that may also write. All of it is committed, or none.
package final class WriteTransaction: ReadTransaction {
  /// Whether it deleted something whose old pages must leave the log, too.
  private(set) var leavesResidue = false

  /// Adds a row that must be new.
  /// - Throws: `StorageError.conflict` when its key is taken.
  package func insert<R: StoredRow>(_ row: R) throws {
    let marks = R.storedColumns.map { _ in "?" }.joined(separator: ", ")
    try execute(
      "INSERT INTO \(R.table) (\(R.storedColumns.joined(separator: ", "))) VALUES (\(marks))", row.storedValues,
      table: R.table)
  }

  /// Overwrites the row with the same key, which must exist.
  package func update<R: StoredRow>(_ row: R) throws {
    let sets = R.storedColumns.map { "\($0) = ?" }.joined(separator: ", ")
    let keys = R.key.map { "\($0) = ?" }.joined(separator: " AND ")
    try execute("UPDATE \(R.table) SET \(sets) WHERE \(keys)", row.storedValues + row.keyValues, table: R.table)
    guard db.changesCount == 1 else { throw StorageError.conflict(table: R.table) }
    if R.residue == .wrappedKey { leavesResidue = true }
  }

  /// Writes a row, whether there is one with its key or not.
  package func put<R: StoredRow>(_ row: R) throws {
    let marks = R.storedColumns.map { _ in "?" }.joined(separator: ", ")
    let sets = R.storedColumns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    try execute(
      """
      INSERT INTO \(R.table) (\(R.storedColumns.joined(separator: ", "))) VALUES (\(marks))
      ON CONFLICT (\(R.key.joined(separator: ", "))) DO UPDATE SET \(sets)
      """, row.storedValues, table: R.table)
  }

  /// Removes the rows whose columns equal the given values.
  package func delete<R: StoredRow>(_: R.Type, matching: [String: ColumnValue]) throws {
    precondition(!matching.isEmpty, "a delete names its rows")
    let names = matching.keys.sorted()
    let conditions = names.map { "\($0) = ?" }.joined(separator: " AND ")
    let deleted = try execute(
      "DELETE FROM \(R.table) WHERE \(conditions)", names.map { matching[$0]! }, table: R.table)
    if deleted > 0, R.residue != .nothing { leavesResidue = true }
  }

  @discardableResult
  func execute(_ sql: String, _ values: [ColumnValue], table: String) throws -> Int {
    guard Self.isStorable(values) else { throw StorageError.malformedRow(table: table) }
    do {
      return try StorageError.translating {
        try db.cachedStatement(sql: sql).execute(arguments: arguments(values))
        return db.changesCount
      }
    } catch StorageError.conflict {
      throw StorageError.conflict(table: table)
    } catch StorageError.dangling {
      throw StorageError.dangling(table: table)
    }
  }

  var lastInsertedRowID: Int64 { db.lastInsertedRowID }
}

extension ColumnValue {
  var databaseValue: DatabaseValue {
    switch self {
    case .null: .null
    case .integer(let value): value.databaseValue
    case .text(let value): value.databaseValue
    case .blob(let value): Data(value).databaseValue
    }
  }
}
