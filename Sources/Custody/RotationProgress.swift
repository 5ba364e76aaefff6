import Foundation
import Storage

/// How far the rotation of a workspace key has come.
package struct RotationProgress: Sendable, Equatable {
  package let from: UInt32
  package let to: UInt32
  package let state: RotationState
  package let isPaused: Bool
  /// Rows moved, and rows that are still under another generation.
  package let done: Int
  package let left: Int
  /// Rows that could not be vouched for and were not given up: left in place, and in the way of `retire`.
  package let quarantined: Int
  /// Rows a second, since somebody last began or resumed; `nil` before there is anything to tell.
  package let rate: Double?
  /// How long the page that this tells of held the write lock, at most.
  package let lockHeld: Duration?

  init(_ row: RotationRow, left: Int, quarantined: Int, lockHeld: Duration? = nil) {
    self.lockHeld = lockHeld
    (from, to, state, isPaused) = (row.fromGeneration, row.toGeneration, row.state, row.pausedAt != nil)
    (done, self.left, self.quarantined) = (Int(row.rowsDone), left, quarantined)
    rate = row.rate
  }

  /// How long the rest takes at the present rate.
  package var secondsLeft: Double? { left == 0 ? nil : rate.map { Double(left) / $0 } }
}

extension RotationRow {
  /// Whether rows are still to be moved or proven, by anybody.
  var isActive: Bool { state == .rewrapping || state == .verifying }

  fileprivate var rate: Double? {
    let seconds = (Double(movedAt.milliseconds) - Double(runStartedAt.milliseconds)) / 1000
    return seconds > 0 && runRows > 0 ? Double(runRows) / seconds : nil
  }

  /// A new run begins: by another process, or after a pause.
  mutating func restart(at now: Instant) { (runRows, runStartedAt, movedAt, pausedAt) = (0, now, now, nil) }
}

extension CustodyView {
  func rotation(_ workspace: UUID) throws -> RotationRow? { try row(RotationRow.self, .uuid(workspace)) }

  /// Rows of a workspace that are under any other generation than `generation`, in every table.
  func stragglers(_ workspace: UUID, besides generation: UInt32) throws -> Int {
    try TenantTables.all.reduce(0) { try $0 + tx.stragglers($1, workspace: workspace, besides: generation) }
  }

  /// Progress as the rows themselves tell it: counts every table.
  func progress(of row: RotationRow) throws -> RotationProgress {
    let quarantine = try quarantine(of: row.workspace)
    let left = try stragglers(row.workspace, besides: row.toGeneration)
    return RotationProgress(
      row, left: max(0, left - quarantine.count), quarantined: quarantine.count { $0.abandonedAt == nil })
  }
}

extension CustodyChange {
  func put(_ row: RotationRow) throws {
    let isFirst = try rotation(row.workspace) == nil
    try isFirst ? insert(row) : update(row)
  }
}
