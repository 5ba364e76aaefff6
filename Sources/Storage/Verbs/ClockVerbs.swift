import Foundation
import Sealing

extension WriteTransaction {
  /// Draws the schedules after a wall clock that jumped by `jump` to `now`. What fell due by the jump alone falls due over
  /// the next `window`, in its order; after a jump back, what lies ahead comes earlier by as much.
  package func moveSchedules(by jump: Duration, now: Instant, over window: Duration) throws {
    let (size, window) = (abs(jump.milliseconds), min(abs(jump.milliseconds), window.milliseconds))
    guard size > 0 else { return }
    let start = jump > .zero ? now.milliseconds - size : now.milliseconds
    try execute(
      "UPDATE schedules SET refresh_at = ? + (refresh_at - ?) * ? / ? WHERE refresh_at > ? AND refresh_at <= ?",
      [
        .instant(now), .integer(start), .integer(window), .integer(size), .integer(start), .integer(start + size),
      ], table: "schedules")
    if jump < .zero {
      try execute(
        "UPDATE schedules SET refresh_at = refresh_at - ? WHERE refresh_at > ?",
        [.integer(size - window), .integer(start + size)], table: "schedules")
    }
  }
}
