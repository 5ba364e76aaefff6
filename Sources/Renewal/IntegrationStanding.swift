import Custody
import Foundation
import Storage

/// What somebody should do about an integration.
package enum NextAction: String, Sendable, CaseIterable {
  case none, wait, renew
  case fixConnector = "fix_connector"
  case contactProvider = "contact_provider"
}

/// How an integration stands, as callers are told: the one word, and what stands beside it.
package struct IntegrationStanding: Sendable {
  package let state: PublishedState
  package let nextAction: NextAction
  /// Whether a token can be had now: one lives, or a refresh can be expected to bring one.
  package let isServing: Bool
  /// Whether a refresh is under way at this moment. Beside the word, so that nobody who waits for `ready` misses it.
  package let isRefreshing: Bool
  package let deadlineAt: Instant?
  /// After so long in trouble waiting alone is no advice.
  private static let patience = Duration.seconds(24 * 3600)

  package init(of head: IntegrationRow, in view: CustodyView, boot: BootInstant) throws {
    let schedule = try view.unauthenticated.row(ScheduleRow.self, .uuid(head.integration))
    state = PublishedState(head.state)
    isServing = try Unavailability(head) == nil && Self.serves(head, schedule, in: view)
    isRefreshing = schedule?.isClaimed(at: boot) ?? false
    deadlineAt = try view.deadline(of: head)?.at
    let isStuck = state == .degraded && head.since + Self.patience < view.now
    let isConnectors = try Unavailability(head) == nil && !view.openIncidents(of: head.connector).isEmpty
    nextAction = isConnectors ? .fixConnector : isStuck ? .contactProvider : state.nextAction
  }

  /// What does not verify serves nobody.
  private static func serves(_ head: IntegrationRow, _ schedule: ScheduleRow?, in view: CustodyView) throws -> Bool {
    guard let version = head.currentVersion else { return false }
    do {
      let credential = try view.credential(of: head, version: version)
      guard let expiresAt = credential.expiresAt, expiresAt <= view.now else { return true }
      return credential.refreshable && (schedule?.failures ?? 0) == 0
    } catch CustodyError.integrity {
      return false
    }
  }
}

extension ScheduleRow {
  /// Whether somebody holds the claim.
  func isClaimed(at now: BootInstant) -> Bool {
    guard let claimOwner, claimBoot == now.boot, let claimUntil, claimUntil > now.milliseconds else { return false }
    return !ProcessIdentity(text: claimOwner).isGone
  }
}
