import Custody
import Foundation
import Storage

/// What can be settled about an integration's refresh without a request.
extension CustodyChange {
  /// Takes an integration that is not ready out of the schedule.
  func stopRefreshing(_ head: IntegrationRow) throws -> RefreshOutcome {
    if try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.refreshAt != nil {
      try unauthenticatedWrites.schedule(head.integration, workspace: head.workspace, refreshAt: nil, failures: 0)
    }
    return .notRefreshable
  }

  /// A credential without a refresh token serves until it runs out; then only its customer can help, and is asked.
  func settleUnrefreshable(
    _ head: IntegrationRow, _ credential: CredentialRow, doubtsClock: Bool
  ) throws -> RefreshOutcome {
    guard let expiresAt = credential.expiresAt else { return try stopRefreshing(head) }
    if expiresAt > now {
      try unauthenticatedWrites.schedule(head.integration, workspace: head.workspace, refreshAt: expiresAt, failures: 0)
      return .notRefreshable
    }
    if doubtsClock { return try waitForTheClock(head) }
    var head = head
    try declareDead(&head, reason: "expired", claim: nil, by: .refresher)
    return .dead(reason: "expired")
  }

  /// Leaves to a clock that is believed what cannot be undone.
  func waitForTheClock(_ head: IntegrationRow) throws -> RefreshOutcome {
    let pause = RefreshOutcome.clockPause
    try unauthenticatedWrites.schedule(head.integration, workspace: head.workspace, refreshAt: now + pause, failures: 0)
    return .degraded(reason: RefreshOutcome.clockJumped, retryAfter: pause)
  }

  /// Moves the next refresh, lets go of the claim, and leaves everything else as it is.
  func postpone(_ head: IntegrationRow, until: Instant, claim: Claim) throws {
    let failures = try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.failures ?? 0
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: until, failures: failures + 1)
    try unauthenticatedWrites.release(claim)
  }

  /// The grant is gone: says so, once, and stops refreshing.
  func declareDead(_ head: inout IntegrationRow, reason: String, claim: Claim?, by actor: Actor) throws {
    try apply(.refreshFailedTerminally(reason: reason), to: &head)
    try unauthenticatedWrites.schedule(head.integration, workspace: head.workspace, refreshAt: nil, failures: 0)
    if let claim { try unauthenticatedWrites.release(claim) }
    try record(
      AuditEntry(
        "integration.needs_reauthorization", "integration/\(head.integration.text)", workspace: head.workspace,
        by: actor, detail: ["reason": reason]))
  }
}
