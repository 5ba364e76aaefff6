import Custody
import Foundation
import OAuth
import Storage

/// How attempts end: told to their page, and with nothing left behind.
extension Attempts {
  /// Ends an attempt without a credential. The integration is left as it is, to the byte.
  func fail(
    _ row: AttemptRow, _ failure: AttemptFailure, claim: Claim?, head: IntegrationRow? = nil,
    offered: AccountIdentity? = nil, from states: Set<AttemptState> = AttemptState.live
  ) async throws -> AttemptEnd {
    let entry = AuditEntry(
      "attempt.fail", "attempt/\(row.attempt.text)", workspace: row.workspace, by: .customer,
      detail: ["reason": failure.rawValue])
    return try await custodian.change(entry) { change in
      guard var attempt = try change.row(AttemptRow.self, .uuid(row.attempt)) else { throw CustodyError.notFound }
      attempt.offeredLabel = offered?.masked
      if states.contains(attempt.state) {
        attempt = try change.end(attempt, by: failure, claim: claim)
      } else if let claim {
        try change.unauthenticatedWrites.release(claim)
      }
      return AttemptEnd(
        attempt: attempt, failure: failure, connectedAccount: head?.identity?.masked,
        offeredAccount: offered?.masked)
    }
  }
}

extension CustodyChange {
  /// At most one attempt of an integration waits for its customer: a newer one of the same or stronger authority ends
  /// the older, and its page is told. One whose code is with the provider already is left to finish; the swap decides.
  func cancelOlder(than newer: AttemptRow) throws {
    let older = try rows(
      AttemptRow.self, matching: ["integration": .uuid(newer.integration), "ended_at": .null])
    for attempt in older where attempt.attempt != newer.attempt && newer.authority.outranks(attempt.authority) {
      guard attempt.state == .open || attempt.state == .authorizing else { continue }
      _ = try end(attempt, by: .replaced, claim: nil)
    }
  }

  /// Removes what an ended attempt kept sealed.
  func shred(_ attempt: AttemptRow) throws {
    for name in [attempt.pkceName, attempt.landedName] {
      try delete(SealedSecretRow.self, .uuid(attempt.workspace), .text(name), .integer(1))
    }
  }

  /// Ends a living attempt without a credential, and tells its page.
  func end(_ attempt: AttemptRow, by failure: AttemptFailure, claim: Claim?) throws -> AttemptRow {
    var attempt = attempt
    var integration = try integration(attempt.integration, workspace: attempt.workspace)
    if integration.lifecycle != .deleted {
      let event: IntegrationEvent =
        attempt.purpose == .renewal
        ? .renewalFailed(reason: failure.rawValue) : .attemptFailed(reason: failure.rawValue)
      try apply(
        event, to: &integration, attempt: attempt.attempt,
        payload: ["code": failure.rawValue, "message": failure.message])
    }
    try end(&attempt, as: failure.endState, reason: failure.rawValue, claim: claim)
    return attempt
  }

  /// Ends an attempt: shreds what it kept sealed and lets go of the refresh claim.
  func end(_ attempt: inout AttemptRow, as state: AttemptState, reason: String?, claim: Claim?) throws {
    (attempt.state, attempt.reason, attempt.endedAt) = (state, reason, now)
    try update(attempt)
    try shred(attempt)
    if let claim { try unauthenticatedWrites.release(claim) }
  }
}

extension AttemptAuthority {
  fileprivate func outranks(_ other: AttemptAuthority) -> Bool { isSigned || other == .link }
}

extension AttemptFailure {
  fileprivate var endState: AttemptState {
    switch self {
    case .wrongAccount, .identityUnknown: .mismatch
    case .windowClosed, .replaced: .cancelled
    case .expired: .expired
    default: .failed
    }
  }
}
