import Foundation
import Sealing

/// What a transaction did to one row: the row's digest afterwards. Part of the audit entry with the same number.
package struct AuditChangeRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "audit_changes"
  package static let key = ["sequence", "position"]
  package static let columns = ["sequence", "position", "row_table", "row_key", "digest"]

  package var sequence: Int64
  /// From 0, within the entry.
  package var position: Int64
  package var rowTable: String
  /// The values of the row's primary key, joined by `/`.
  package var rowKey: String
  /// `nil` where the row was deleted.
  package var digest: [UInt8]?
  package var seal = RowSeal.none

  package init(sequence: Int64, position: Int64, rowTable: String, rowKey: String, digest: [UInt8]?) {
    self.sequence = sequence
    self.position = position
    self.rowTable = rowTable
    self.rowKey = rowKey
    self.digest = digest
  }

  package var values: [ColumnValue] {
    [.integer(sequence), .integer(position), .text(rowTable), .text(rowKey), .optional(digest)]
  }

  package init(reading columns: inout ColumnReader) throws {
    sequence = try columns.number()
    position = try columns.integer()
    rowTable = try columns.text()
    rowKey = try columns.text()
    digest = try columns.optionalBlob()
    seal = try columns.seal()
  }
}
