import Catalogue
import Custody
import Storage

/// Refresh tokens that came with a backup. Whoever went on with the original vault may have used them since, and a
/// provider that replaces refresh tokens takes a second use for theft. So the machine never sends them.
extension RefreshPolicy {
  /// Whether sending a token that was used before may cost the grant.
  var punishesReplay: Bool {
    switch refreshClass {
    case .n, .s: false
    case .g, .x: true
    }
  }
}

extension RefreshOutcome {
  /// The reason of what a restore has brought about.
  package static let restored = "restored"
}

extension CustodyView {
  func isHeld(_ credential: CredentialRow, _ policy: RefreshPolicy) throws -> Bool {
    guard policy.punishesReplay else { return false }
    return try incarnation().holds(version: credential.version)
  }
}

extension CustodyChange {
  /// What becomes of a held credential: it serves while its access token lives, and is looked at again when that ends;
  /// then its customer is needed. `nil` for one that may be refreshed.
  func held(
    _ head: IntegrationRow, _ credential: CredentialRow, _ connection: Connection, doubtsClock: Bool
  ) throws -> RefreshOutcome? {
    guard try isHeld(credential, connection.refreshPolicy) else { return nil }
    if let expiresAt = credential.expiresAt, expiresAt <= now {
      if doubtsClock { return try waitForTheClock(head) }
      var head = head
      try declareDead(&head, reason: RefreshOutcome.restored, claim: nil, by: .refresher)
      return .dead(reason: RefreshOutcome.restored)
    }
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: credential.expiresAt, failures: 0)
    return .degraded(
      reason: RefreshOutcome.restored, retryAfter: credential.expiresAt.map { $0 - now } ?? .seconds(3600))
  }
}
