import Catalogue
import Storage

/// What to do about a refresh token that may have been used: sent once, and no answer was read.
package enum UncertainResolution: Sendable, Equatable {
  case send
  /// Keep serving the access token; look again then.
  case wait(until: Instant)

  /// Whether it may be sent now. While the access token lives, another use may cost it: one is made near its end. Once it
  /// has run out there is nothing left to lose, and the provider's answer decides, not our doubt: in an outage no
  /// request is answered, and no grant is lost.
  /// - Parameter uses: when each uncertain use of this very token was begun. A grace opens with the first; uses within it
  ///   cost nothing, and the one retry is counted from its end.
  package static func decide(
    _ refreshClass: RefreshClass, uses: [Instant], expiresAt: Instant?, lifetime: Duration?, now: Instant
  ) -> UncertainResolution {
    guard let first = uses.min() else { return .send }
    var retries = uses.count - 1
    switch refreshClass {
    case .n, .s: return .send
    case .g(let seconds):
      let end = first + .seconds(seconds)
      if first <= now && now < end { return .send }
      retries = uses.count { $0 >= end }
    case .x: break
    }
    guard let expiresAt else {
      let last = uses.max() ?? first
      return retries == 0 || now >= last + pause ? .send : .wait(until: last + pause)
    }
    let end = RefreshSchedule.isMisdated(expiresAt, lifetime: lifetime, now: now) ? now : expiresAt
    let next = retries == 0 ? end - margin(lifetime) : end
    return now >= next ? .send : .wait(until: next)
  }

  /// Between doubtful uses where the access token does not end.
  private static var pause: Duration { .seconds(24 * 3600) }

  /// How near the end of the access token the one retry is made: it costs the grant if the provider did rotate.
  static func margin(_ lifetime: Duration?) -> Duration { min(.seconds(30), (lifetime ?? .seconds(300)) / 10) }
}
