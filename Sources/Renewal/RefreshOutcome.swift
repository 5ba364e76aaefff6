import Foundation
import Storage

/// How a refresh ended.
package enum RefreshOutcome: Sendable, Equatable {
  /// A newer version is current: ours, or one that somebody else brought meanwhile.
  case fresh(version: Int64)
  /// Somebody else is at it.
  case busy
  /// Not now: the provider, or the way to it, is in trouble. All tokens are kept.
  case degraded(reason: String, retryAfter: Duration)
  /// Nothing was begun: the client's rate is used up for the moment.
  case queued(retryAfter: Duration)
  /// Nothing was begun: the connector's breaker is open.
  case resting(reason: String, retryAfter: Duration)
  /// The grant is gone; the customer must come back.
  case dead(reason: String)
  /// The provider refuses the connector's own registration; no integration is to blame.
  case connectorRefused(reason: String)
  /// There is nothing to refresh: no refresh token, or not a ready integration.
  case notRefreshable

  /// The reason when this process's catalogue lacks the provider. Another process may have it, so nothing is written.
  package static let unknownProvider = "unknown_provider"

  /// The reason when the time is not to be relied on: the wall clock has jumped.
  package static let clockJumped = "clock_jumped"
  /// When such a one is looked at again.
  static let clockPause = Duration.seconds(600)
}

/// Why a refresh is asked for.
package enum RefreshTrigger: Sendable, Equatable {
  /// A caller needs a token fresher than this version.
  case demand(seen: Int64)
  /// The schedule says so.
  case due
  /// An operator says so: back-off is ignored.
  case forced(seen: Int64)
}
