import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// What is known after a report that the provider has refused a token.
package enum ReportVerdict: String, Sendable {
  /// Another version than the current one was reported: nothing was done.
  case superseded
  /// The provider accepts the current token.
  case working
  /// The provider refuses the current token too. The integration says what comes next.
  case refused
  /// Nobody can tell: the provider cannot be asked, or not now.
  case unproven
}

/// Refreshes that a caller asks for, and reports that a token was refused. However many ask, a token is refreshed out of
/// turn at most once per lead time.
package struct TokenReport: Sendable {
  private let custodian: Custodian
  private let catalogue: ProviderCatalogue
  private let endpoints: ProviderEndpoints
  private let refresher: Refresher

  package init(
    custodian: Custodian, catalogue: ProviderCatalogue, endpoints: ProviderEndpoints, refresher: Refresher
  ) {
    self.custodian = custodian
    self.catalogue = catalogue
    self.endpoints = endpoints
    self.refresher = refresher
  }

  /// A refresh out of turn; the version that is current where the last refresh was less than a lead time ago.
  package func refresh(_ integration: UUID, workspace: UUID) async throws -> RefreshOutcome {
    let current = try current(integration, workspace)
    guard let credential = current.credential else { return .notRefreshable }
    if current.isFresh { return .fresh(version: credential.version) }
    return try await refresher.refresh(integration, workspace: workspace, trigger: .forced(seen: credential.version))
  }

  /// Somebody says that the provider refused a token: one refresh, then a probe with what is current.
  /// - Parameter version: the one that was refused; the current one unless told.
  package func report(
    _ integration: UUID, workspace: UUID, version: Int64?, by actor: Actor
  ) async throws -> ReportVerdict {
    let reported = try current(integration, workspace)
    guard let seen = reported.credential, reported.head.lifecycle == .ready else { return .unproven }
    guard version ?? seen.version == seen.version else { return .superseded }
    if seen.refreshable, !reported.isFresh {
      switch try await refresher.refresh(integration, workspace: workspace, trigger: .forced(seen: seen.version)) {
      case .fresh: break
      case .dead: return .refused
      default: return .unproven
      }
    }
    let now = try current(integration, workspace)
    guard let credential = now.credential, now.head.lifecycle == .ready else { return .refused }
    return try await settle(try await probe(now.head, credential, by: actor), now.head, credential, by: actor)
  }

  private func probe(_ head: IntegrationRow, _ credential: CredentialRow, by actor: Actor) async throws -> ProbeResult {
    let connector = try custodian.view { try $0.connector(of: head) }
    guard let connection = Connection(connector: connector, parameters: head.parameters, catalogue: catalogue) else {
      return .unusable
    }
    let opened = try await custodian.openCredential(
      of: head.integration, workspace: head.workspace, version: credential.version, by: actor, purpose: "probe")
    var fields = FieldSet()
    for name in opened.fields.names where name != "refresh_token" {
      if let value = opened.fields.secret(name) { fields.set(name, value) }
    }
    return await endpoints.probe(provider: connection.provider, fields: fields, parameters: connection.parameters)
  }

  /// What the provider said about this very version; if it is not the current one any more, that says nothing.
  private func settle(
    _ result: ProbeResult, _ probed: IntegrationRow, _ credential: CredentialRow, by actor: Actor
  ) async throws -> ReportVerdict {
    try await custodian.amend { change in
      var head = try change.integration(probed.integration, workspace: probed.workspace)
      guard head.grantNumber == probed.grantNumber, head.currentVersion == credential.version, head.lifecycle == .ready
      else { return .unproven }
      switch result {
      case .identity:
        head.verifiedAt = change.now
        try change.update(head)
        return .working
      case .refused where credential.refreshable:
        // Fresh from the provider, and refused: the next refresh tells whether the grant is gone, when its time has come.
        try change.hasten(head, to: credential.createdAt + credential.lead)
        return .refused
      case .refused:
        try change.declareDead(&head, reason: "token_refused", claim: nil, by: actor)
        return .refused
      case .unavailable, .unreachable, .unusable: return .unproven
      }
    }
  }

  private struct Current {
    let head: IntegrationRow
    let credential: CredentialRow?
    let now: Instant

    /// Refreshed less than a lead time ago, and not by a clock that has come back since.
    var isFresh: Bool {
      guard let credential, credential.origin == .refresh, credential.createdAt <= now + ClockRow.tolerance else {
        return false
      }
      return now < credential.createdAt + credential.lead
    }
  }

  private func current(_ integration: UUID, _ workspace: UUID) throws -> Current {
    try custodian.view { view in
      let head = try view.integration(integration, workspace: workspace)
      return Current(
        head: head, credential: try head.currentVersion.map { try view.credential(of: head, version: $0) }, now: view.now)
    }
  }
}

extension CredentialRow {
  /// The lead time of its token; a minute where it does not expire.
  fileprivate var lead: Duration { ttl.map(RefreshSchedule.lead) ?? .seconds(60) }
}

extension CustodyChange {
  /// Brings the next refresh forward; one that is due earlier stays.
  fileprivate func hasten(_ head: IntegrationRow, to instant: Instant) throws {
    let schedule = try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: min(schedule?.refreshAt ?? instant, instant),
      failures: schedule?.failures ?? 0)
  }
}
