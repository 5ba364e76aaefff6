import Catalogue
import Storage

/// When tokens are refreshed: pure arithmetic over instants. The random part is drawn once and stored.
package enum RefreshSchedule {
  /// Tokens that live shorter than this are refreshed on demand only.
  package static let shortestScheduled = Duration.seconds(20)

  /// How long before expiry a refresh is wanted: `max(0.2·ttl, min(60 s, 0.5·ttl))`.
  package static func lead(_ lifetime: Duration) -> Duration { max(lifetime / 5, min(.seconds(60), lifetime / 2)) }

  /// `expiry − lead − U(0, 0.1·ttl)`; `nil` for tokens that do not expire or are refreshed on demand.
  /// - Parameter chance: from 0 to 1.
  package static func refreshAt(expiresAt: Instant?, lifetime: Duration?, chance: Double) -> Instant? {
    guard let expiresAt, let lifetime, lifetime >= shortestScheduled else { return nil }
    return expiresAt - lead(lifetime) - lifetime * (0.1 * chance)
  }

  /// When a new current version is refreshed: ahead of its expiry, and before its refresh token has lain idle for half of
  /// what it may; at once, if it has run out. One without a refresh token is looked at when it ends, so that somebody is
  /// told.
  static func refreshAt(_ material: CredentialMaterial, usedAt: Instant, chance: Double) -> Instant? {
    guard material.refreshable else { return material.expiresAt }
    if let end = material.expiresAt, end <= usedAt { return usedAt }
    let expiry = refreshAt(expiresAt: material.expiresAt, lifetime: material.lifetime, chance: chance)
    let idle = material.grantLife.idleLimit.map { keepAlive(idleLimit: $0, usedAt: usedAt, chance: chance) }
    return [expiry, idle].compactMap(\.self).min()
  }

  /// Before half of the idle limit has passed since the token was used last: `used + 0.5·limit − U(0, 0.1·limit)`.
  package static func keepAlive(idleLimit: Duration, usedAt: Instant, chance: Double) -> Instant {
    usedAt + max(.seconds(1), idleLimit / 2 - idleLimit * (0.1 * chance))
  }

  /// How long to wait after the n-th transient failure in a row: full jitter under a ceiling of 4 s that doubles up to 10 minutes; a
  /// provider's `Retry-After` is a floor.
  package static func backOff(failures: Int64, retryAfter: Duration?, chance: Double) -> Duration {
    let ceiling = min(600.0, 2.0 * Double(1 << min(failures, 10)))
    return max(retryAfter ?? .zero, .milliseconds(Int64(max(1.0, ceiling * chance) * 1000)))
  }

  /// Whether the token would have to be obtained yet: it was dated by a clock that was ahead and has come back since, and
  /// may end long before its date.
  static func isMisdated(_ expiresAt: Instant, lifetime: Duration?, now: Instant) -> Bool {
    lifetime.map { expiresAt - $0 > now + ClockRow.tolerance } ?? false
  }

  /// How long a caller may ask a token to be valid: at most half of its lifetime.
  package static func cappedValidity(_ asked: Duration, lifetime: Duration?) -> Duration {
    lifetime.map { min(asked, $0 / 2) } ?? asked
  }
}

/// Chance as data: a number from 0 to 1, passed to initialisers.
package struct Chance: Sendable {
  package let draw: @Sendable () -> Double

  package init(draw: @escaping @Sendable () -> Double) { self.draw = draw }

  package static let system = Chance { Double.random(in: 0...1) }
}
