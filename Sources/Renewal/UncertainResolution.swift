import Catalogue
import Storage

/// What to do about a refresh token that may have been used: sent once, and no answer was read.
package enum UncertainResolution: Sendable, Equatable {
  case send
  /// Keep serving the access token; look again then.
  case wait(until: Instant)
  /// The grant must be taken for lost.
  case giveUp

  /// - Parameters:
  ///   - count: uncertain uses of this very token.
  ///   - firstSentAt: when the first of them was begun: a grace window opens with the first rotation.
  package static func decide(
    _ refreshClass: RefreshClass, count: Int, firstSentAt: Instant, expiresAt: Instant?, lifetime: Duration?,
    now: Instant
  ) -> UncertainResolution {
    guard count > 0 else { return .send }
    switch refreshClass {
    case .n, .s: return .send
    case .g(let seconds) where firstSentAt <= now && now < firstSentAt + .seconds(seconds): return .send
    case .g, .x: break
    }
    if count > 1 { return .giveUp }
    guard let expiresAt else { return .send }
    let nearEnd = expiresAt - margin(lifetime)
    return now >= nearEnd ? .send : .wait(until: nearEnd)
  }

  /// How near the end of the access token the one retry is made: it costs the grant if the provider did rotate.
  static func margin(_ lifetime: Duration?) -> Duration { min(.seconds(30), (lifetime ?? .seconds(300)) / 10) }
}
