import Storage

/// The one word that callers see, by precedence: deleted > revoked > suspended > needs_reauthorization > pending >
/// degraded > expiring > unverified > ready.
package enum PublishedState: String, Sendable, CaseIterable {
  case deleted, revoked, suspended
  case needsReauthorization = "needs_reauthorization"
  case pending, degraded, expiring, unverified, ready

  package init(_ state: IntegrationState) {
    self =
      switch (state.lifecycle, state.isSuspended, state.health) {
      case (.deleted, _, _): .deleted
      case (.revoked, _, _): .revoked
      case (_, true, _): .suspended
      case (.needsReauthorization, _, _): .needsReauthorization
      case (.pending, _, _): .pending
      case (.ready, _, .degraded): .degraded
      case (.ready, _, .expiring): .expiring
      case (.ready, _, .unverified): .unverified
      case (.ready, _, .ok): .ready
      }
  }

  package var word: String { rawValue }

  /// What somebody should do about it, as far as the word says.
  package var nextAction: NextAction {
    switch self {
    case .ready, .unverified, .deleted: .none
    case .pending, .degraded, .suspended: .wait
    case .needsReauthorization, .revoked, .expiring: .renew
    }
  }
}
