import Custody
import Foundation
import OAuth
import Storage

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
  func backOff(
    _ head: IntegrationRow, retryAfter: Duration?, atLeast floor: Duration, chance: Double
  ) throws -> Duration {
    let failures = try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.failures ?? 0
    let delay = max(floor, RefreshSchedule.backOff(failures: failures + 1, retryAfter: retryAfter, chance: chance))
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: now + delay, failures: failures + 1)
    return delay
  }

  /// How long nothing is sent after an uncertain use, by the provider's class.
  func quiet(after flight: RefreshFlight) throws -> Duration {
    let uses = try uses(of: flight.attempt.fingerprint, integration: flight.head.integration, as: .uncertain)
    let resolution = UncertainResolution.decide(
      flight.connection.refreshPolicy.refreshClass, uses: uses.map(\.startedAt),
      expiresAt: flight.credential.expiresAt, lifetime: flight.credential.ttl, now: now)
    guard case .wait(let until) = resolution else { return .zero }
    return until - now
  }

  /// A refused token among too many of its connector: nothing is said of it, and nothing is changed, until the
  /// connector's trouble is over. `nil` where the refusal is to be believed.
  func hold(
    _ head: IntegrationRow, _ flight: RefreshFlight, code: String, at boot: BootInstant, chance: Double
  ) throws -> RefreshOutcome? {
    guard try noteRefusal(of: flight, code: code, at: boot) else { return nil }
    let delay = try backOff(head, retryAfter: nil, atLeast: Refresher.connectorDelay, chance: chance)
    try end(flight, as: .refused, reason: code)
    try record(refreshFailed(head, code))
    return .resting(reason: IncidentKind.refusalsHeld.rawValue, retryAfter: delay)
  }

  /// Whether nobody has claimed the integration since.
  func isNewest(_ claim: Claim) throws -> Bool {
    try unauthenticated.row(ScheduleRow.self, .uuid(claim.integration))?.fence == claim.fence
  }

  /// Ends a refresh that was overtaken: what somebody stored meanwhile is left as it is.
  func leave(
    _ head: IntegrationRow, _ flight: RefreshFlight, as state: RefreshAttemptState, reason: String
  ) throws -> RefreshOutcome {
    try end(flight, as: state, reason: reason)
    return head.currentVersion.map { .fresh(version: $0) } ?? .notRefreshable
  }
}

/// What the audit log says of a refresh that brought nothing.
func refreshFailed(_ head: IntegrationRow, _ reason: String) -> AuditEntry {
  AuditEntry(
    "refresh.failed", "integration/\(head.integration.text)", workspace: head.workspace, by: .refresher,
    detail: ["reason": reason])
}
