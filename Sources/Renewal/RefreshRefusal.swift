import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// Refreshes that brought no token: classified, never lumped.
extension Refresher {
  /// How long a doubtful refusal waits for its confirmation.
  static let confirmationDelay = Duration.seconds(60)
  /// How long a connector that the provider refuses is left alone.
  static let connectorDelay = Duration.seconds(300)

  /// Ends an attempt without a reply: certainly not sent, or uncertain.
  func close(
    _ flight: RefreshFlight, as state: RefreshAttemptState, _ reason: String
  ) async throws -> RefreshOutcome {
    try await postpone(flight, as: state, reason: reason, retryAfter: nil, atLeast: nil)
  }

  func refused(_ refusal: TokenRefusal, _ flight: RefreshFlight) async throws -> RefreshOutcome {
    switch refusal {
    case .transient(let retryAfter, let reason):
      return try await postpone(flight, as: .refused, reason: reason.rawValue, retryAfter: retryAfter, atLeast: nil)
    case .connector(let code):
      return try await blameConnector(flight, code: code.rawValue)
    case .terminal(let code):
      return try await confirm(flight, code: code.rawValue)
    }
  }

  /// Keeps all tokens and tries again later; the integration is degraded, told once per episode.
  private func postpone(
    _ flight: RefreshFlight, as state: RefreshAttemptState, reason: String, retryAfter: Duration?,
    atLeast floor: Duration?
  ) async throws -> RefreshOutcome {
    let draw = chance.draw()
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: state, reason: reason) }
      let failures = try change.unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.failures ?? 0
      let delay = max(
        floor ?? .zero, RefreshSchedule.backOff(failures: failures + 1, retryAfter: retryAfter, chance: draw))
      try change.apply(.refreshFailedTransiently(reason: reason), to: &head)
      try change.unauthenticatedWrites.schedule(
        head.integration, workspace: head.workspace, refreshAt: change.now + delay, failures: failures + 1)
      try change.end(flight, as: state, reason: reason)
      try change.record(refreshFailed(head, reason))
      return .degraded(reason: reason, retryAfter: delay)
    }
  }

  /// The provider refuses our client: integrations keep their state, an operator must look.
  private func blameConnector(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    log.error("the provider refuses the connector's registration; its integrations are unchanged",
      metadata: ["connector": "\(flight.connection.connector.slug)", "code": "\(code)"])
    return try await custodian.amend { change in
      let head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: .refused, reason: code) }
      try change.unauthenticatedWrites.schedule(
        flight.head.integration, workspace: flight.head.workspace, refreshAt: change.now + Self.connectorDelay,
        failures: 1)
      try change.end(flight, as: .refused, reason: code)
      try change.record(
        AuditEntry(
          "connector.misconfigured", "connector/\(flight.connection.connector.connector.text)",
          workspace: flight.head.workspace, by: .refresher, detail: ["reason": code]))
      return .connectorRefused(reason: code)
    }
  }

  /// A terminal refusal is confirmed before anybody is bothered: for class X by asking the provider with the living
  /// access token, for the others by a second refusal at least a minute later.
  private func confirm(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    if try wasRefusedBefore(flight) { return try await bury(flight, code: code) }
    let isClassX = flight.connection.refreshPolicy.refreshClass == .x
    if isClassX, try await accessTokenIsDead(flight) { return try await bury(flight, code: code) }
    return try await postpone(flight, as: .refused, reason: code, retryAfter: nil, atLeast: Self.confirmationDelay)
  }

  private func wasRefusedBefore(_ flight: RefreshFlight) throws -> Bool {
    try custodian.view { view in
      try view.rows(
        RefreshAttemptRow.self,
        matching: [
          "integration": .uuid(flight.head.integration), "fingerprint": .blob(flight.attempt.fingerprint),
          "state": .word(RefreshAttemptState.refused),
        ]
      ).contains { attempt in
        attempt.reason.flatMap(RefusalCode.init(rawValue:))?.isTerminal == true
          && attempt.startedAt + Self.confirmationDelay <= flight.attempt.startedAt
      }
    }
  }

  /// Asks the provider with the access token. A provider that does not answer has not said no; one that cannot be asked
  /// (no probe, or the token has run out) leaves nothing to wait for.
  /// - Throws: `integrity` where the credential does not open: our own trouble, and no fault of the grant's.
  private func accessTokenIsDead(_ flight: RefreshFlight) async throws -> Bool {
    let now = custodian.clocks.now()
    guard flight.credential.expiresAt.map({ $0 > now }) ?? true else { return true }
    let fields = try custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
    guard let token = fields.secret("access_token") else { return true }
    switch await endpoints.probe(
      provider: flight.connection.provider, accessToken: token, parameters: flight.connection.parameters)
    {
    case .identity, .unavailable, .unreachable: return false
    case .refused, .unusable: return true
    }
  }

  private func bury(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: .refused, reason: code) }
      try change.end(flight, as: .refused, reason: code)
      try change.declareDead(&head, reason: code, claim: flight.claim, by: .refresher)
      return .dead(reason: code)
    }
  }
}

extension RefreshFlight {
  /// Whether the integration still has the grant and the token that this refresh was made with. If not, its failure
  /// says nothing about what is there now.
  func isAbout(_ head: IntegrationRow) -> Bool {
    head.lifecycle == .ready && head.grantNumber == attempt.grantNumber && head.currentVersion == attempt.usedVersion
  }
}

extension CustodyChange {
  /// Ends a refresh that was overtaken: what somebody stored meanwhile is left as it is.
  fileprivate func leave(
    _ head: IntegrationRow, _ flight: RefreshFlight, as state: RefreshAttemptState, reason: String
  ) throws -> RefreshOutcome {
    try end(flight, as: state, reason: reason)
    return head.currentVersion.map { .fresh(version: $0) } ?? .notRefreshable
  }
}

private func refreshFailed(_ head: IntegrationRow, _ reason: String) -> AuditEntry {
  AuditEntry(
    "refresh.failed", "integration/\(head.integration.text)", workspace: head.workspace, by: .refresher,
    detail: ["reason": reason])
}
