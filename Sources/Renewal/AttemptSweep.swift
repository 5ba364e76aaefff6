import Custody
import Foundation
import Logging
import OAuth
import Storage

/// Ends attempts that nobody will end: expired ones, and those whose process died between exchange and swap.
extension Attempts {
  /// - Returns: how many attempts were ended.
  package func sweep() async throws -> Int {
    if try custodian.doubtsClock() { return 0 }
    let overdue = try custodian.view { view in
      try view.unauthenticated.overdueAttempts(at: view.now, limit: 100)
    }
    var ended = 0
    for row in overdue {
      // One row that does not verify must not keep the others alive.
      do {
        if try await end(try custodian.view { try $0.verified(row) }) { ended += 1 }
      } catch {
        log.error("an overdue attempt could not be ended",
          metadata: ["attempt": "\(row.attempt.text)", "error": "\(error)"])
      }
    }
    try await purgePending()
    return ended
  }

  /// Removes integrations that waited a day for their first credential, with everything that was made for them.
  private func purgePending() async throws {
    let stale = try custodian.view { view in
      try view.unauthenticated.pendingIntegrations(createdBefore: view.now - Self.patience, limit: 100)
        .map(view.verified)
    }
    for head in stale {
      let entry = AuditEntry(
        "integration.purge", "integration/\(head.integration.text)", workspace: head.workspace, by: .customer)
      try await custodian.change(entry) { try $0.purge(head) }
    }
  }

  private static var patience: Duration { .seconds(24 * 3600) }

  /// The page closed its window or gave up.
  package func cancel(listener: String) async throws {
    guard let row = try attempt(listener: listener), row.state == .open || row.state == .authorizing else { return }
    _ = try await fail(row, .windowClosed, claim: nil, from: [.open, .authorizing])
  }

  /// - Returns: whether it is ended now: not if another process is at it, or cannot be looked at and has time left.
  private func end(_ row: AttemptRow) async throws -> Bool {
    guard row.state == .verifying else {
      _ = try await fail(row, .expired, claim: nil)
      return true
    }
    let claim = try await custodian.amend { [refresher] change in
      try refresher.take(
        try change.integration(row.integration, workspace: row.workspace), for: Self.claimDuration, in: change)
    }
    guard let claim else { return false }
    try await conclude(row, claim)
    return true
  }

  private func conclude(_ row: AttemptRow, _ claim: Claim) async throws {
    do {
      let connection = try custodian.view { try self.connection(of: row, in: $0) }
      let landed = try await custodian.openSecret(
        row.landedName, workspace: row.workspace, by: .customer, purpose: "conclude")
      // It landed when its time was set; the request was at most a deadline older.
      let requestedAt = row.expiresAt - Self.takeOver - .seconds(20)
      _ = try await conclude(row, connection, landed, requestedAt: requestedAt, claim: claim)
    } catch let error as StorageError where error.passes {
      try? await custodian.amend { try $0.unauthenticatedWrites.release(claim) }
      throw error
    } catch {
      log.error("an interrupted attempt could not be concluded",
        metadata: ["attempt": "\(row.attempt.text)", "error": "\(error)"])
      _ = try await fail(row, .internalError, claim: claim)
    }
  }
}

extension CustodyChange {
  /// Removes an integration that never had a credential; one that got one meanwhile, or is being connected, stays.
  fileprivate func purge(_ head: IntegrationRow) throws {
    guard let current = try row(IntegrationRow.self, .uuid(head.integration)), current.lifecycle == .pending,
      current.currentVersion == nil
    else { return }
    let attempts = try rows(AttemptRow.self, matching: ["integration": .uuid(head.integration)])
    guard !attempts.contains(where: \.state.isLive) else { return }
    for attempt in attempts {
      try shred(attempt)
      try delete(AttemptRow.self, .uuid(attempt.attempt))
    }
    try forget(head.integration)
    try delete(IntegrationRow.self, .uuid(head.integration))
  }
}
