import Catalogue
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
  /// Why: the integration's own reason, or its connector's.
  package let reason: String?
  package let nextAction: NextAction
  /// Whether a token can be had now: one lives, or a refresh can be expected to bring one.
  package let isServing: Bool
  /// Whether a refresh is under way at this moment. Beside the word, so that nobody who waits for `ready` misses it.
  package let isRefreshing: Bool
  package let deadlineAt: Instant?
  /// After so long in trouble waiting alone is no advice.
  private static let patience = Duration.seconds(24 * 3600)

  package init(of head: IntegrationRow, in view: CustodyView, catalogue: ProviderCatalogue, boot: BootInstant) throws {
    let schedule = try view.unauthenticated.row(ScheduleRow.self, .uuid(head.integration))
    let obstacle = try Unavailability(head) == nil
      ? Obstacle(of: head, in: view, catalogue: catalogue, boot: boot) : nil
    isServing = try Unavailability(head) == nil && Self.serves(head, schedule, hasObstacle: obstacle?.reason != nil, in: view)
    // Ready is what a token can be had of.
    let isDark = Unavailability(head) == nil && !isServing
    state = isDark ? .degraded : PublishedState(head.state)
    reason = head.reasonCode ?? (isDark ? obstacle?.reason ?? "expired" : nil)
    isRefreshing = schedule?.isClaimed(at: boot) ?? false
    deadlineAt = try view.deadline(of: head)?.at
    let isStuck = PublishedState(head.state) == .degraded && head.since + Self.patience < view.now
    nextAction = obstacle?.isIncident == true ? .fixConnector : isStuck ? .contactProvider : state.nextAction
  }

  /// What does not verify serves nobody.
  private static func serves(
    _ head: IntegrationRow, _ schedule: ScheduleRow?, hasObstacle: Bool, in view: CustodyView
  ) throws -> Bool {
    guard let version = head.currentVersion else { return false }
    do {
      let credential = try view.credential(of: head, version: version)
      guard let expiresAt = credential.expiresAt, expiresAt <= view.now else { return true }
      return credential.refreshable && (schedule?.failures ?? 0) == 0 && !hasObstacle
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
