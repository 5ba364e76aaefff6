import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// Refreshes that brought no token: classified, never lumped.
extension Refresher {
  /// How long a doubtful refusal waits for its confirmation.
  static let confirmationDelay = Duration.seconds(60)
  /// What callers are told to wait whose connector the provider refuses.
  static let connectorDelay = Duration.seconds(300)

  /// Ends an attempt without a reply: certainly not sent, or uncertain.
  func close(
    _ flight: RefreshFlight, as state: RefreshAttemptState, _ reason: String
  ) async throws -> RefreshOutcome {
    try await postpone(flight, Setback(state: state, reason: reason))
  }

  func refused(_ refusal: TokenRefusal, _ flight: RefreshFlight) async throws -> RefreshOutcome {
    switch refusal {
    // The provider may have taken the token, and something else has happened to its answer.
    case .transient(let retryAfter, let reason) where reason == .unusable || reason == .gateway:
      return try await postpone(flight, Setback(state: .uncertain, reason: reason.rawValue, retryAfter: retryAfter))
    case .transient(let retryAfter, let reason):
      return try await postpone(flight, Setback(state: .refused, reason: reason.rawValue, retryAfter: retryAfter))
    case .connector(let code):
      return try await blameConnector(flight, code: code.rawValue)
    case .terminal(let code):
      return try await confirm(flight, code: code.rawValue)
    }
  }

  /// Keeps all tokens and tries again later; the integration is degraded, told once per episode.
  private func postpone(_ flight: RefreshFlight, _ setback: Setback) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: setback.state, reason: setback.reason) }
      try change.note(setback, of: flight, at: boot)
      let delay = try change.backOff(head, retryAfter: setback.retryAfter, atLeast: .zero, chance: draw)
      try change.apply(.refreshFailedTransiently(reason: setback.reason), to: &head)
      try change.end(flight, as: setback.state, reason: setback.reason)
      try change.record(refreshFailed(head, setback.reason))
      let quiet = try setback.state == .uncertain ? change.quiet(after: flight) : .zero
      return .degraded(reason: setback.reason, retryAfter: max(delay, quiet))
    }
  }

  /// The provider refuses our client: the connector's other secret is tried; then an operator must look, and
  /// integrations keep their state.
  private func blameConnector(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    if !flight.triesOtherSecret, let other = try otherSecret(than: flight) {
      try await custodian.amend { try $0.end(flight, as: .refused, reason: code) }
      return try await run(
        flight.head.integration, workspace: flight.head.workspace, trigger: .forced(seen: flight.credential.version),
        clientSecret: other)
    }
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    let isNew = try await custodian.amend { change in
      let head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      _ = try change.backOff(head, retryAfter: nil, atLeast: .zero, chance: draw)
      try change.end(flight, as: .refused, reason: code)
      try change.record(refreshFailed(head, code))
      return try change.noteBlame(of: flight, code: code, at: boot)
    }
    if isNew {
      log.critical("the provider refuses the connector's registration; its integrations are unchanged",
        metadata: ["connector": "\(flight.connection.connector.slug)", "code": "\(code)"])
    }
    return .connectorRefused(reason: code)
  }

  private func otherSecret(than flight: RefreshFlight) throws -> Int64? {
    try custodian.view { try $0.clientSecrets(of: flight.connection.connector) }
      .map(\.version).first { $0 != flight.client.version }
  }

  /// A terminal refusal is confirmed before anybody is bothered: for class X by asking the provider with the living
  /// access token, for the others by a second refusal at least a minute later.
  private func confirm(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (refreshClass, before) = (flight.connection.refreshPolicy.refreshClass, try wasRefusedBefore(flight))
    var verdict = TerminalRefusal.decide(refreshClass, wasRefusedBefore: before)
    if verdict == .ask {
      verdict = .decide(
        refreshClass, wasRefusedBefore: before, accessTokenIsDead: try await accessTokenIsDead(flight))
    }
    return verdict == .gone ? try await bury(flight, code: code) : try await doubt(flight, code: code)
  }

  /// Waits for the confirmation of a refusal.
  private func doubt(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: .refused, reason: code) }
      if let held = try change.hold(head, flight, code: code, at: boot, chance: draw) { return held }
      let delay = try change.backOff(head, retryAfter: nil, atLeast: Self.confirmationDelay, chance: draw)
      try change.apply(.refreshFailedTransiently(reason: code), to: &head)
      try change.end(flight, as: .refused, reason: code)
      try change.record(refreshFailed(head, code))
      return .degraded(reason: code, retryAfter: delay)
    }
  }

  private func wasRefusedBefore(_ flight: RefreshFlight) throws -> Bool {
    try custodian.view { view in
      try view.uses(
        of: flight.attempt.fingerprint, integration: flight.head.integration, as: .refused
      ).contains { attempt in
        attempt.reason.flatMap(RefusalCode.init(rawValue:))?.isTerminal == true
          && attempt.startedAt + Self.confirmationDelay <= flight.attempt.startedAt
      }
    }
  }

  /// Asks the provider with the access token. A provider that does not answer, or that cannot be asked, has not said no;
  /// a token that has run out leaves nothing to wait for.
  /// - Throws: `integrity` where the credential does not open: our own trouble, and no fault of the grant's.
  private func accessTokenIsDead(_ flight: RefreshFlight) async throws -> Bool {
    let now = custodian.clocks.now()
    let isOver = flight.credential.expiresAt.map { $0 <= now } ?? false
    if isOver, try !custodian.doubtsClock() { return true }
    let fields = try custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
    guard let token = fields.secret("access_token") else { return true }
    switch await endpoints.probe(
      provider: flight.connection.provider, accessToken: token, parameters: flight.connection.parameters)
    {
    case .identity, .unavailable, .unreachable, .unusable: return false
    case .refused: return true
    }
  }

  private func bury(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      // Whoever has taken the claim over may have an answer already; it decides.
      guard flight.isAbout(head), try change.isNewest(flight.claim) else {
        return try change.leave(head, flight, as: .refused, reason: code)
      }
      if let held = try change.hold(head, flight, code: code, at: boot, chance: draw) { return held }
      try change.end(flight, as: .refused, reason: code)
      try change.declareDead(&head, reason: code, claim: flight.claim, by: .refresher)
      return .dead(reason: code)
    }
  }
}

/// A refresh that brought nothing for a passing reason.
struct Setback: Sendable {
  let state: RefreshAttemptState
  let reason: String
  var retryAfter: Duration?
}

extension RefreshFlight {
  /// Whether the integration still has the grant and the token that this refresh was made with. If not, its failure
  /// says nothing about what is there now.
  func isAbout(_ head: IntegrationRow) -> Bool {
    RefreshBasis(grant: attempt.grantNumber, version: attempt.usedVersion)
      .holds(head.lifecycle, grant: head.grantNumber, version: head.currentVersion)
  }
}

extension CustodyChange {
  /// Moves the next refresh behind what failures in a row ask for.
  /// - Returns: how long that is.
  fileprivate func backOff(
    _ head: IntegrationRow, retryAfter: Duration?, atLeast floor: Duration, chance: Double
  ) throws -> Duration {
    let failures = try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.failures ?? 0
    let delay = max(floor, RefreshSchedule.backOff(failures: failures + 1, retryAfter: retryAfter, chance: chance))
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: now + delay, failures: failures + 1)
    return delay
  }

  /// How long nothing is sent after an uncertain use, by the provider's class.
  fileprivate func quiet(after flight: RefreshFlight) throws -> Duration {
    let uses = try uses(of: flight.attempt.fingerprint, integration: flight.head.integration, as: .uncertain)
    let resolution = UncertainResolution.decide(
      flight.connection.refreshPolicy.refreshClass, uses: uses.map(\.startedAt),
      expiresAt: flight.credential.expiresAt, lifetime: flight.credential.ttl, now: now)
    guard case .wait(let until) = resolution else { return .zero }
    return until - now
  }

  /// A refused token among too many of its connector: nothing is said of it, and nothing is changed, until the
  /// connector's trouble is over. `nil` where the refusal is to be believed.
  fileprivate func hold(
    _ head: IntegrationRow, _ flight: RefreshFlight, code: String, at boot: BootInstant, chance: Double
  ) throws -> RefreshOutcome? {
    guard try noteRefusal(of: flight, code: code, at: boot) else { return nil }
    let delay = try backOff(head, retryAfter: nil, atLeast: Refresher.connectorDelay, chance: chance)
    try end(flight, as: .refused, reason: code)
    try record(refreshFailed(head, code))
    return .resting(reason: IncidentKind.refusalsHeld.rawValue, retryAfter: delay)
  }

  /// Whether nobody has claimed the integration since.
  fileprivate func isNewest(_ claim: Claim) throws -> Bool {
    try unauthenticated.row(ScheduleRow.self, .uuid(claim.integration))?.fence == claim.fence
  }

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
