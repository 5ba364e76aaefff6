import Foundation
import Sealing

extension WriteTransaction {
  /// Draws the schedules after a wall clock that jumped by `jump` to `now`. What fell due by a jump forward alone falls
  /// due over the next `window`, in its order. After a jump back everything comes earlier by as much: tokens die in real
  /// time, whatever the clock says of them, so nothing waits longer than it would have.
  package func moveSchedules(by jump: Duration, now: Instant, over window: Duration) throws {
    let size = jump.milliseconds
    guard size > 0 else {
      try execute(
        "UPDATE schedules SET refresh_at = refresh_at + ? WHERE refresh_at > ?", [.integer(size), .instant(now)],
        table: "schedules")
      return
    }
    let (start, window) = (now.milliseconds - size, min(size, window.milliseconds))
    try execute(
      "UPDATE schedules SET refresh_at = ? + (refresh_at - ?) * ? / ? WHERE refresh_at > ? AND refresh_at <= ?",
      [
        .instant(now), .integer(start), .integer(window), .integer(size), .integer(start), .instant(now),
      ], table: "schedules")
  }
}
