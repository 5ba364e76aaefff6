import Foundation
internal import GRDB
import Sealing

/// A stretch of a table: its rows in storage order, and where the next stretch begins.
package struct Page<R: StoredRow>: Sendable {
  package let rows: [R]
  /// The keys of rows whose columns do not have the types that the schema promises.
  package let malformed: [String]
  /// The number that the next stretch begins at; `nil` when nothing follows.
  package let next: Int64?

  /// The first number that a row can have. The engine gives positive ones; whoever edits the file may give others.
  package static var start: Int64 { .min }
}

extension ReadTransaction {
  /// Up to `limit` rows of a workspace from the row numbered `first`, in storage order. The `+` keeps the engine from
  /// collecting and sorting the whole workspace by an index for each page.
  package func page<R: TenantRow>(_: R.Type, workspace: UUID, from first: Int64, limit: Int) throws -> Page<R> {
    try page(R.self, where: "+workspace = ? AND", [.uuid(workspace)], from: first, limit: limit)
  }

  /// Up to `limit` rows of a table from the row numbered `first`, in storage order.
  package func page<R: VaultLevelRow>(_: R.Type, from first: Int64, limit: Int) throws -> Page<R> {
    try page(R.self, where: "", [], from: first, limit: limit)
  }

  private func page<R: StoredRow>(
    _: R.Type, where condition: String, _ values: [ColumnValue], from first: Int64, limit: Int
  ) throws -> Page<R> {
    let columns = (R.storedColumns + R.key + ["rowid"]).joined(separator: ", ")
    return try StorageError.translating {
      let found = try Row.fetchCursor(
        try db.cachedStatement(
          sql: "SELECT \(columns) FROM \(R.table) WHERE \(condition) rowid >= ? ORDER BY rowid LIMIT ?"),
        arguments: arguments(values + [.integer(first), .integer(Int64(limit))]))
      var (rows, malformed, last): ([R], [String], Int64?) = ([], [], nil)
      while let row = try found.next() {
        var reader = ColumnReader(row, table: R.table)
        do {
          rows.append(try R(reading: &reader))
        } catch {
          malformed.append(keyText(row.databaseValues.dropFirst(R.storedColumns.count).prefix(R.key.count)))
        }
        last = row[row.count - 1] as Int64?
      }
      let isFull = rows.count + malformed.count == limit
      return Page(rows: rows, malformed: malformed, next: isFull ? last.flatMap { $0 < .max ? $0 + 1 : nil } : nil)
    }
  }

  /// The key of a row, as errors and lists name it, whatever its columns hold.
  func keyText(_ values: some Sequence<DatabaseValue>) -> String {
    values.map { String.fromDatabaseValue($0) ?? Int64.fromDatabaseValue($0).map(String.init) ?? "?" }
      .joined(separator: "/")
  }

  /// Integrations of a workspace after `integration` in id order, optionally of one customer; deleted ones aside.
  package func integrations(
    workspace: UUID, customer: String?, after integration: UUID?, limit: Int
  ) throws -> [IntegrationRow] {
    let columns = IntegrationRow.storedColumns.joined(separator: ", ")
    let filter = customer == nil ? "" : "AND customer = ?4"
    let values: [ColumnValue] = [.uuid(workspace), .text(integration?.text ?? ""), .integer(Int64(limit))]
    return try fetch(
      IntegrationRow.self,
      sql: """
        SELECT \(columns) FROM integrations WHERE workspace = ?1 AND integration > ?2 AND lifecycle <> 'deleted'
          \(filter)
        ORDER BY integration LIMIT ?3
        """, values + (customer.map { [.text($0)] } ?? []))
  }

  /// The customers of a workspace who have integrations, deleted ones aside, with how many.
  package func customers(workspace: UUID) throws -> [(customer: String, integrations: Int)] {
    try StorageError.translating {
      try Row.fetchAll(
        try db.cachedStatement(
          sql: """
            SELECT customer, count(*) FROM integrations WHERE workspace = ? AND lifecycle <> 'deleted'
            GROUP BY customer ORDER BY customer
            """),
        arguments: arguments([.uuid(workspace)])
      ).map { (customer: try $0.decode(atIndex: 0), integrations: try $0.decode(atIndex: 1)) }
    }
  }
}
