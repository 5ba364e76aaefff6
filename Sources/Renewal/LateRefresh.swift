import Custody
import Foundation
import Logging
import OAuth
import Sealing
import Storage

/// Refreshes that land when their integration has ended: nothing of them is kept, and the provider is told.
extension Refresher {
  /// - Throws: `superseded` where the integration lives again: the reply is an older grant's then.
  func discard(
    _ fields: borrowing CredentialFields, _ flight: RefreshFlight, of head: IntegrationRow
  ) async throws -> RefreshOutcome {
    let doomed =
      catalogue.mayRevoke(flight.connection.connector)
      ? try custodian.doom(fields, of: flight.head, actor: flight.head.actor) : nil
    let boot = custodian.clocks.boot()
    return try await custodian.amend { change in
      let head = try change.integration(head.integration, workspace: head.workspace)
      guard head.hasEnded else { throw CustodyError.superseded }
      try change.noteSuccess(of: flight, at: boot)
      if let doomed { try change.revokeLater(doomed, of: head, because: .late) }
      try change.end(flight, as: .discarded, reason: head.lifecycle.rawValue)
      if head.lifecycle == .deleted { try change.unauthenticatedWrites.unschedule(head.integration) }
      try change.record(
        AuditEntry(
          "credential.discard", "integration/\(head.integration.text)", workspace: head.workspace, by: .refresher))
      return .notRefreshable
    }
  }
}

/// A refresh whose process died, of an integration that has ended: nobody refreshes that again, so nobody would settle
/// it. Only the sealed reply is left of it.
private struct StrandedReply: Sendable {
  let attempt: RefreshAttemptRow
  let head: IntegrationRow
  let connector: ConnectorRow
  let claim: Claim
  /// `nil` where no reply has landed.
  let landed: (row: SealedSecretRow, opening: PendingOpening)?
}

extension Revocations {
  /// What has landed is told to the provider; what has not is uncertain for good.
  func settleStranded() async {
    do {
      for attempt in try custodian.view({ try $0.unauthenticated.strandedRefreshes(limit: 100) }) {
        do {
          if let stranded = try await claimStranded(attempt) { try await settle(stranded) }
        } catch {
          log.error("a refresh of an integration that has ended could not be settled",
            metadata: ["integration": "\(attempt.integration.text)", "error": "\(error)"])
        }
      }
    } catch {
      log.error("refreshes of ended integrations could not be looked for", metadata: ["error": "\(error)"])
    }
  }

  /// `nil` while its process may be at it.
  private func claimStranded(_ found: RefreshAttemptRow) async throws -> StrandedReply? {
    guard try custodian.view({ try isFree($0, found.integration) }) else { return nil }
    return try await custodian.amend { change in
      let head = try change.integration(found.integration, workspace: found.workspace)
      guard head.hasEnded,
        let attempt = try change.row(RefreshAttemptRow.self, .uuid(found.integration), .integer(found.fence)),
        attempt.endedAt == nil, attempt.state == .landed || !refresher.spool.holds(attempt),
        let claim = try refresher.take(head, for: RefreshFlight.claimDuration, in: change)
      else { return nil }
      let row = try change.row(
        SealedSecretRow.self, .uuid(head.workspace), .text(RefreshFlight.landedName(attempt)), .integer(1))
      return StrandedReply(
        attempt: attempt, head: head, connector: try change.connector(of: head), claim: claim,
        landed: try row.map { ($0, try change.recordOpening(of: $0, by: .vault, purpose: "revoke")) })
    }
  }

  /// A look before the lock: nobody is disturbed while a refresh is under way.
  private func isFree(_ view: CustodyView, _ integration: UUID) throws -> Bool {
    try view.unauthenticated.row(ScheduleRow.self, .uuid(integration))?.isClaimed(at: custodian.clocks.boot()) != true
  }

  private func settle(_ stranded: StrandedReply) async throws {
    let doomed = try doomed(stranded)
    try await custodian.amend { change in
      var attempt = stranded.attempt
      (attempt.state, attempt.endedAt) = (stranded.landed == nil ? .uncertain : .discarded, change.now)
      attempt.reason = stranded.landed == nil ? "abandoned" : stranded.head.lifecycle.rawValue
      try change.update(attempt)
      if let doomed { try change.revokeLater(doomed, of: stranded.head, because: .late) }
      try change.delete(
        SealedSecretRow.self, .uuid(attempt.workspace), .text(RefreshFlight.landedName(attempt)), .integer(1))
      try change.unauthenticatedWrites.release(stranded.claim)
      if stranded.head.lifecycle == .deleted { try change.unauthenticatedWrites.unschedule(attempt.integration) }
    }
  }

  private func doomed(_ stranded: StrandedReply) throws -> DoomedTokens? {
    guard let landed = stranded.landed, let provider = catalogue.provider(stranded.connector.provider),
      provider.revocation != nil
    else { return nil }
    let reply = try custodian.open(landed.row, spending: try landed.opening.recorded())
    let outcome = try LandedReply.withDecoded(reply) { status, retryAfter, body in
      TokenReply.parse(provider: provider, status: status, retryAfter: retryAfter, body: body)
    }
    guard case .granted(let grant) = consume outcome else { return nil }
    return try custodian.doom(
      TokenFields.make(grant, keepingFrom: nil), of: stranded.head, actor: stranded.head.actor)
  }
}
