import Storage

/// A token bucket, kept as one number: when the requests so far would have been made at exactly the rate (the generic
/// cell rate algorithm, ITU-T I.371). Pure arithmetic, in microseconds of the boot clock.
struct TokenBucket {
  /// Requests per second.
  let rate: Double

  private var interval: Int64 { Int64((1_000_000 / rate).rounded(.up)) }

  /// How many may go out together: a tenth of a second's worth, at least one.
  private var burst: Int64 { max(1, Int64(rate / 10)) }

  /// - Parameter patience: how far ahead a place in the line may be taken.
  func charge(usedUntil: Int64, at now: BootInstant, patience: Duration) -> Charge {
    let now = now.milliseconds * 1000
    let line = patience.milliseconds * 1000
    // Whatever somebody wrote there, the line is no longer than the most patient would make it.
    let used = min(max(usedUntil, now), now + burst * interval + Self.longestLine)
    let early = used - now - (burst - 1) * interval
    guard early <= line else { return .wait(.milliseconds((early - line) / 1000 + 1)) }
    return .charged(usedUntil: used + interval, after: early > 0 ? .milliseconds(early / 1000 + 1) : .zero)
  }

  private static let longestLine: Int64 = 3_000_000

  enum Charge: Equatable {
    /// A place in the line is taken: the request goes out after so long.
    case charged(usedUntil: Int64, after: Duration)
    /// The line is too long; asked again after so long, it is shorter.
    case wait(Duration)
  }
}
