import Custody
import Foundation
import Logging
import OAuth
import Storage

/// Ends attempts that nobody will end: expired ones, and those whose process died between exchange and swap.
extension Attempts {
  /// - Returns: how many attempts were ended.
  package func sweep() async throws -> Int {
    let overdue = try custodian.view { view in
      try view.unauthenticated.overdueAttempts(at: view.now, limit: 100)
    }
    var ended = 0
    for row in overdue {
      // One row that does not verify must not keep the others alive.
      do {
        try await end(try custodian.view { try $0.verified(row) })
        ended += 1
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

  private func end(_ row: AttemptRow) async throws {
    guard row.state == .verifying else {
      _ = try await fail(row, .expired, claim: nil)
      return
    }
    do {
      let connection = try custodian.view { try self.connection(of: row, in: $0) }
      let landed = try await custodian.openSecret(
        row.landedName, workspace: row.workspace, by: .customer, purpose: "conclude")
      _ = try await conclude(row, connection, landed, requestedAt: row.createdAt, claim: nil)
    } catch let error as StorageError where error.passes {
      throw error
    } catch {
      log.error("an interrupted attempt could not be concluded",
        metadata: ["attempt": "\(row.attempt.text)", "error": "\(error)"])
      _ = try await fail(row, .internalError, claim: nil)
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
