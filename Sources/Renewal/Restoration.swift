import Custody
import Foundation
import Storage

/// What a restore has done to the rows of the backup.
package struct RestorationCount: Sendable, Equatable {
  package var disabled: DisabledCount
  package var attempts = 0
  package var refreshAttempts = 0
}

extension CustodyChange {
  /// Turns a copy of a vault into its next incarnation: numbers rise, access waits to be confirmed, and what was under
  /// way at the time of the backup has ended.
  package func restore(
    originalIsGone: Bool, quarantined: [String], vault: String, by actor: Actor
  ) throws -> RestorationCount {
    var count = RestorationCount(disabled: try beginIncarnation(originalIsGone: originalIsGone))
    count.attempts = try endAttempts()
    if !originalIsGone {
      count.refreshAttempts = try endRefreshAttempts()
      try dropRevocations()
    }
    for row in quarantined {
      try record(AuditEntry("backup.quarantine", row, workspace: nil, by: actor))
    }
    try record(
      AuditEntry(
        "backup.restore", "vault/\(vault)", workspace: nil, by: actor,
        detail: [
          "incarnation": String(try incarnation().number), "original_gone": originalIsGone ? "yes" : "no",
          "access_keys_disabled": String(count.disabled.accessKeys),
          "certificates_disabled": String(count.disabled.certificates), "attempts_ended": String(count.attempts),
          "refresh_attempts_ended": String(count.refreshAttempts), "quarantined": String(quarantined.count),
        ]))
    return count
  }

  /// Pages and providers have long gone on without them. What does not verify is left as it is.
  private func endAttempts() throws -> Int {
    var ended = 0
    for row in try unauthenticated.rows(AttemptRow.self, matching: ["ended_at": .null]) {
      guard let row = try? verified(row), (try? integration(row.integration, workspace: row.workspace)) != nil else {
        continue
      }
      _ = try end(row, by: .restored, claim: nil)
      ended += 1
    }
    return ended
  }

  /// A refresh that was under way was concluded by the original vault: what its reply brought is as old as the rest.
  private func endRefreshAttempts() throws -> Int {
    var ended = 0
    for row in try unauthenticated.rows(RefreshAttemptRow.self, matching: ["ended_at": .null]) {
      guard var row = try? verified(row) else { continue }
      (row.state, row.reason, row.endedAt) = (.uncertain, RefreshOutcome.restored, now)
      try update(row)
      try delete(SealedSecretRow.self, .uuid(row.workspace), .text(RefreshFlight.landedName(row)), .integer(1))
      ended += 1
    }
    return ended
  }

  /// The original vault tells the provider itself. A customer may have connected again there since, and at some
  /// providers that grant would end with the old one.
  private func dropRevocations() throws {
    for row in try unauthenticated.rows(RevocationRow.self) {
      try delete(SealedSecretRow.self, .uuid(row.workspace), .text(row.tokensName), .integer(1))
      try delete(RevocationRow.self, .uuid(row.revocation))
    }
  }
}
