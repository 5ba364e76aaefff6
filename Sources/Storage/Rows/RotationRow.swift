import Foundation
import Sealing

package enum RotationState: String, Sendable { case rewrapping, verified, retired }

/// How far the rotation of a workspace key has come. Progress only: `verify` counts for itself.
package struct RotationRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "rotations"
  package static let key = ["workspace"]
  package static let columns = [
    "workspace", "from_generation", "to_generation", "state", "table_index", "row_cursor", "rows_done",
    "quarantined", "left_behind", "started_at", "ended_at",
  ]

  package var workspace: UUID
  package var fromGeneration: UInt32
  package var toGeneration: UInt32
  package var state: RotationState
  package var tableIndex: Int64
  package var rowCursor: Int64
  package var rowsDone: Int64
  /// Rows of this pass that did not verify.
  package var quarantined: Int64
  /// … of which are under an older generation.
  package var leftBehind: Int64
  package var startedAt: Instant
  package var endedAt: Instant?
  package var seal = RowSeal.none

  package init(
    workspace: UUID, fromGeneration: UInt32, toGeneration: UInt32, state: RotationState, tableIndex: Int64 = 0,
    rowCursor: Int64 = 0, rowsDone: Int64 = 0, quarantined: Int64 = 0, leftBehind: Int64 = 0, startedAt: Instant,
    endedAt: Instant? = nil
  ) {
    self.workspace = workspace
    self.fromGeneration = fromGeneration
    self.toGeneration = toGeneration
    self.state = state
    self.tableIndex = tableIndex
    self.rowCursor = rowCursor
    self.rowsDone = rowsDone
    self.quarantined = quarantined
    self.leftBehind = leftBehind
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .integer(Int64(fromGeneration)), .integer(Int64(toGeneration)), .word(state),
      .integer(tableIndex), .integer(rowCursor), .integer(rowsDone), .integer(quarantined), .integer(leftBehind),
      .instant(startedAt), .instant(endedAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    fromGeneration = try columns.generation()
    toGeneration = try columns.generation()
    state = try columns.word(RotationState.self)
    tableIndex = try columns.integer()
    rowCursor = try columns.integer()
    rowsDone = try columns.integer()
    quarantined = try columns.integer()
    leftBehind = try columns.integer()
    startedAt = try columns.instant()
    endedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
