import Catalogue
import Custody
import Foundation
import Logging
import Storage

/// Why a credential cannot be had now. An expected answer, not an error.
package enum Unavailability: Sendable, Equatable {
  case pending
  case needsReauthorization(reason: String?)
  case revoked
  case suspended
  case deleted
  case providerUnavailable(retryAfter: Duration)
}

/// What a caller gets: a credential that is valid now, or a reason.
package enum Supply: ~Copyable, Sendable {
  case credential(OpenedCredential)
  case unavailable(Unavailability)
}

/// Serves credentials: looks at the state, refreshes where the token runs out too soon, opens and records.
package struct CredentialSupply: Sendable {
  private let custodian: Custodian
  private let refresher: Refresher
  /// How long a caller waits for a refresh that another process is at.
  private static let patience = Duration.seconds(15)

  package init(custodian: Custodian, refresher: Refresher) {
    self.custodian = custodian
    self.refresher = refresher
  }

  /// A credential that is valid for `validFor` from now, as far as that is at most half its lifetime; after at most
  /// one refresh, the freshest there is.
  /// - Throws: `CustodyError.notFound` for what is missing or not the caller's; `integrity`.
  package func credential(
    of integration: UUID, workspace: UUID, customer: String? = nil, validFor: Duration, by actor: Actor
  ) async throws -> Supply {
    var decision = try decide(integration, workspace, customer, validFor)
    if case .refresh(let seen) = decision {
      let outcome = try await refresh(integration, workspace, seen: seen)
      decision = try settle(outcome, integration, workspace, customer)
    }
    switch decision {
    case .serve(let version):
      let opened = try await custodian.openCredential(
        of: integration, workspace: workspace, customer: customer, version: version, by: actor, purpose: "serve")
      // Somebody may have disconnected or suspended it since the decision.
      if let reason = Unavailability(opened.integration) { return .unavailable(reason) }
      return .credential(opened)
    case .unavailable(let reason): return .unavailable(reason)
    case .refresh: return .unavailable(.providerUnavailable(retryAfter: .seconds(2)))
    }
  }

  /// The current credential as it is, for an operator's eyes: nothing is refreshed on the way.
  package func reveal(of integration: UUID, workspace: UUID, by actor: Actor) async throws -> OpenedCredential {
    try await custodian.openCredential(of: integration, workspace: workspace, by: actor, purpose: "reveal")
  }

  private enum Decision {
    case serve(version: Int64)
    case refresh(seen: Int64)
    case unavailable(Unavailability)
  }

  private func decide(
    _ integration: UUID, _ workspace: UUID, _ customer: String?, _ validFor: Duration
  ) throws -> Decision {
    try custodian.view { view in
      let head = try view.integration(integration, workspace: workspace, customer: customer)
      if let reason = Unavailability(head) { return .unavailable(reason) }
      guard let version = head.currentVersion else { return .unavailable(.pending) }
      let credential = try view.credential(of: head, version: version)
      guard let expiresAt = credential.expiresAt else { return .serve(version: version) }
      // Nobody knows how long it lives, and a refresh tells.
      if credential.refreshable, RefreshSchedule.isMisdated(expiresAt, lifetime: credential.ttl, now: view.now) {
        return .refresh(seen: version)
      }
      let wanted = RefreshSchedule.cappedValidity(validFor, lifetime: credential.ttl)
      if expiresAt > view.now + wanted { return .serve(version: version) }
      return .refresh(seen: version)
    }
  }

  /// Waits for whoever holds the claim, and takes over where nothing came of it.
  private func refresh(_ integration: UUID, _ workspace: UUID, seen: Int64) async throws -> RefreshOutcome {
    let clock = ContinuousClock()
    let end = clock.now + Self.patience
    while true {
      let outcome = try await refresher.refresh(integration, workspace: workspace, trigger: .demand(seen: seen))
      guard clock.now < end, let pause = outcome.pause else { return outcome }
      try await Task.sleep(for: pause)
    }
  }

  /// While an access token lives, a failed refresh is no error for callers.
  private func settle(
    _ outcome: RefreshOutcome, _ integration: UUID, _ workspace: UUID, _ customer: String?
  ) throws -> Decision {
    try custodian.view { view in
      let head = try view.integration(integration, workspace: workspace, customer: customer)
      if let reason = Unavailability(head) { return .unavailable(reason) }
      guard let version = head.currentVersion else { return .unavailable(.pending) }
      let credential = try view.credential(of: head, version: version)
      if credential.expiresAt.map({ $0 > view.now }) ?? true { return .serve(version: version) }
      return .unavailable(outcome.unavailability)
    }
  }
}

extension Unavailability {
  /// The reason that the integration's state gives by itself.
  package init?(_ head: IntegrationRow) {
    switch PublishedState(head.state) {
    case .deleted: self = .deleted
    case .revoked: self = .revoked
    case .suspended: self = .suspended
    case .needsReauthorization: self = .needsReauthorization(reason: head.reasonCode)
    case .pending: self = .pending
    case .ready, .degraded, .expiring, .unverified: return nil
    }
  }
}

extension RefreshOutcome {
  /// How long until it is worth asking again, where the caller may wait for it.
  fileprivate var pause: Duration? {
    switch self {
    case .busy: .milliseconds(100)
    case .queued(let retryAfter): min(retryAfter, .milliseconds(500))
    default: nil
    }
  }

  /// What a caller is told whose token has run out.
  fileprivate var unavailability: Unavailability {
    switch self {
    case .degraded(_, let retryAfter), .resting(_, let retryAfter), .queued(let retryAfter):
      .providerUnavailable(retryAfter: retryAfter)
    case .dead(let reason): .needsReauthorization(reason: reason)
    case .notRefreshable: .needsReauthorization(reason: "expired")
    case .connectorRefused: .providerUnavailable(retryAfter: Refresher.connectorDelay)
    case .busy, .fresh: .providerUnavailable(retryAfter: .seconds(2))
    }
  }
}
