import Foundation
import Sealing
import Storage

extension CustodyView {
  /// What the clocks said when they were last compared; `nil` before that.
  package func clock() throws -> ClockRow? { try rows(ClockRow.self).first }
}

extension CustodyChange {
  package func store(_ clock: ClockRow) throws {
    try self.clock() == nil ? insert(clock) : update(clock)
  }

  /// Draws the schedules after a wall clock that jumped.
  package func moveSchedules(by jump: Duration, over window: Duration) throws {
    try everyWrite.moveSchedules(by: jump, now: now, over: window)
  }
}

extension Custodian {
  /// Whether nothing that cannot be undone may rest on the wall clock: it has jumped, and not long ago.
  package func doubtsClock(in view: CustodyView) throws -> Bool {
    guard let row = try view.clock() else { return false }
    let boot = clocks.boot()
    return row.isDoubted(at: boot) || row.hasJumped(to: clocks.now(), boot)
  }

  package func doubtsClock() throws -> Bool { try view { try doubtsClock(in: $0) } }
}
