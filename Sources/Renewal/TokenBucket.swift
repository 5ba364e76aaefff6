import Storage

/// A token bucket, kept as one number: when the requests so far would have been made at exactly the rate (the generic
/// cell rate algorithm, ITU-T I.371). Pure arithmetic, in microseconds of the boot clock.
struct TokenBucket {
  /// Requests per second.
  let rate: Double

  private var interval: Int64 { Int64(1_000_000 / rate) }

  /// A tenth of a second's worth, at least one.
  private var burst: Int64 { max(1, Int64(rate / 10)) }

  /// What is left for callers who wait, while the schedule would use up everything.
  private var reserve: Int64 { burst / 2 }

  /// - Parameter isUrgent: somebody waits for it.
  /// - Returns: the bucket's new level, or how long to wait.
  func charge(usedUntil: Int64, at now: BootInstant, isUrgent: Bool) -> Charge {
    let now = now.milliseconds * 1000
    // Whatever somebody wrote there, a bucket is at most full.
    let used = min(max(usedUntil, now), now + burst * interval)
    let room = (burst - 1 - (isUrgent ? 0 : reserve)) * interval
    let early = used - now - max(0, room)
    guard early > 0 else { return .charged(usedUntil: used + interval) }
    return .wait(.milliseconds(early / 1000 + 1))
  }

  enum Charge: Equatable {
    case charged(usedUntil: Int64)
    case wait(Duration)
  }
}
