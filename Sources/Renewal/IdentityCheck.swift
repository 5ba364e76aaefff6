import OAuth
import Storage

/// Whether the account that signed in may repair an integration. Pure.
package enum IdentityCheck: Sendable, Equatable {
  case accepted
  case refused(AttemptFailure)

  /// - Parameters:
  ///   - stored: the account that is connected; `nil` where it was never found out.
  ///   - offered: the account of the new token; `nil` where the provider has no probe.
  ///   - isSigned: whether a connect secret stands behind the attempt: only then a first identity is trusted.
  package static func compare(
    _ policy: IdentityPolicy, stored: AccountIdentity?, offered: AccountIdentity?, isSigned: Bool
  ) -> IdentityCheck {
    guard let stored else {
      return isSigned || policy == .any ? .accepted : .refused(.identityUnknown)
    }
    guard let offered else { return policy == .any ? .accepted : .refused(.probeFailed) }
    let isSame =
      switch policy {
      case .any: true
      case .sameActor: stored.actor == offered.actor && stored.tenant == offered.tenant
      case .sameTenant: isSameTenant(stored, offered)
      }
    return isSame ? .accepted : .refused(.wrongAccount)
  }

  /// A colleague may repair it; where the provider knows no tenants, only the same user.
  private static func isSameTenant(_ stored: AccountIdentity, _ offered: AccountIdentity) -> Bool {
    guard let tenant = stored.tenant else { return stored.actor == offered.actor && offered.tenant == nil }
    return tenant == offered.tenant
  }
}

extension IntegrationRow {
  /// The external account that is connected.
  package var identity: AccountIdentity? {
    actor.flatMap { AccountIdentity(actor: $0, tenant: tenant, label: accountLabel) }
  }

  mutating func adopt(_ identity: AccountIdentity?) {
    guard let identity else { return }
    (actor, tenant, accountLabel) = (identity.actor, identity.tenant, identity.label)
  }
}
