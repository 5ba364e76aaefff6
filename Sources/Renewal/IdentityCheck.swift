import OAuth
import Storage

/// Whether the account that signed in may repair an integration. Pure.
package enum IdentityCheck: Sendable, Equatable {
  case accepted
  case refused(AttemptFailure)

  /// Under `same_tenant` a colleague may repair it; where the provider knows no tenants, only the same user.
  /// - Parameters:
  ///   - stored: the account that is connected; `nil` where it was never found out.
  ///   - offered: the account of the new token; `nil` where the provider has no probe.
  ///   - isSigned: whether a connect secret or session stands behind the attempt: only then a first identity is trusted.
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
      case .sameActor: stored.hasActor(of: offered) && stored.hasTenant(of: offered)
      case .sameTenant: stored.hasTenant(of: offered) && (stored.tenant != nil || stored.hasActor(of: offered))
      }
    return isSame ? .accepted : .refused(.wrongAccount)
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
