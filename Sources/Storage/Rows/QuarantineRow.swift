import Foundation
import Sealing

/// A row that a rotation could not vouch for: left where it is, listed here until it verifies again or is gone.
package struct QuarantineRow: VaultLevelRow {
  package static let table = "quarantine"
  package static let key = ["workspace", "row_table", "row_key"]
  package static let columns = ["workspace", "row_table", "row_key", "generation", "found_at", "abandoned_at"]

  package var workspace: UUID
  package var rowTable: String
  package var rowKey: String
  /// The generation that the rotation which found it moved to.
  package var generation: UInt32
  package var foundAt: Instant
  /// Set when an operator gave the row up by name.
  package var abandonedAt: Instant?
  package var seal = RowSeal.none

  package init(
    workspace: UUID, rowTable: String, rowKey: String, generation: UInt32, foundAt: Instant, abandonedAt: Instant? = nil
  ) {
    self.workspace = workspace
    self.rowTable = rowTable
    self.rowKey = rowKey
    self.generation = generation
    self.foundAt = foundAt
    self.abandonedAt = abandonedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .text(rowTable), .text(rowKey), .integer(Int64(generation)), .instant(foundAt),
      .instant(abandonedAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    rowTable = try columns.text()
    rowKey = try columns.text()
    generation = try columns.generation()
    foundAt = try columns.instant()
    abandonedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
