import Foundation
import Sealing

package enum RotationState: String, Sendable { case rewrapping, verifying, verified, retired }

/// How far the rotation of a workspace key has come. Progress only: the proof at its end looks at the rows themselves.
package struct RotationRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "rotations"
  package static let key = ["workspace"]
  package static let columns = [
    "workspace", "from_generation", "to_generation", "state", "table_index", "row_cursor", "rows_done", "run_rows",
    "run_started_at", "moved_at", "paused_at", "started_at", "ended_at",
  ]

  package var workspace: UUID
  package var fromGeneration: UInt32
  package var toGeneration: UInt32
  package var state: RotationState
  package var tableIndex: Int64
  package var rowCursor: Int64
  package var rowsDone: Int64
  /// Rows moved since somebody last began or resumed, when that was, and when the last of them was moved: the rate.
  package var runRows: Int64
  package var runStartedAt: Instant
  package var movedAt: Instant
  /// Set by `key pause`: whoever rotates stops at the next page.
  package var pausedAt: Instant?
  package var startedAt: Instant
  package var endedAt: Instant?
  package var seal = RowSeal.none

  package init(
    workspace: UUID, fromGeneration: UInt32, toGeneration: UInt32, state: RotationState, tableIndex: Int64 = 0,
    rowCursor: Int64 = .min, rowsDone: Int64 = 0, runRows: Int64 = 0, pausedAt: Instant? = nil, startedAt: Instant,
    endedAt: Instant? = nil
  ) {
    self.workspace = workspace
    self.fromGeneration = fromGeneration
    self.toGeneration = toGeneration
    self.state = state
    self.tableIndex = tableIndex
    self.rowCursor = rowCursor
    self.rowsDone = rowsDone
    self.runRows = runRows
    runStartedAt = startedAt
    movedAt = startedAt
    self.pausedAt = pausedAt
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .integer(Int64(fromGeneration)), .integer(Int64(toGeneration)), .word(state),
      .integer(tableIndex), .integer(rowCursor), .integer(rowsDone), .integer(runRows), .instant(runStartedAt),
      .instant(movedAt), .instant(pausedAt), .instant(startedAt), .instant(endedAt),
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
    runRows = try columns.integer()
    runStartedAt = try columns.instant()
    movedAt = try columns.instant()
    pausedAt = try columns.optionalInstant()
    startedAt = try columns.instant()
    endedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
