import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// A provider's word that the grant is gone: confirmed before anybody is bothered, and not believed where too many are
/// refused at once.
extension Refresher {
  /// A terminal refusal is confirmed before anybody is bothered: for class X by asking the provider with the access token
  /// while it lives, otherwise by a second refusal at least a minute later.
  func confirm(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (refreshClass, before) = (flight.connection.refreshPolicy.refreshClass, try wasRefusedBefore(flight))
    var verdict = TerminalRefusal.decide(refreshClass, wasRefusedBefore: before)
    if verdict == .ask {
      verdict = .decide(
        refreshClass, wasRefusedBefore: before, accessTokenIsRefused: try await accessTokenIsRefused(flight))
    }
    return verdict == .gone ? try await bury(flight, code: code) : try await doubt(flight, code: code)
  }

  /// Waits for the confirmation of a refusal.
  private func doubt(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: .refused, reason: code) }
      if let held = try change.hold(head, flight, code: code, at: boot, chance: draw) { return held }
      let delay = try change.backOff(head, retryAfter: nil, atLeast: Self.confirmationDelay, chance: draw)
      try change.apply(.refreshFailedTransiently(reason: code), to: &head)
      try change.end(flight, as: .refused, reason: code)
      try change.record(refreshFailed(head, code))
      return .degraded(reason: code, retryAfter: delay)
    }
  }

  private func wasRefusedBefore(_ flight: RefreshFlight) throws -> Bool {
    try custodian.view { view in
      try view.uses(
        of: flight.attempt.fingerprint, integration: flight.head.integration, as: .refused
      ).contains { attempt in
        attempt.reason.flatMap(RefusalCode.init(rawValue:))?.isTerminal == true
          && attempt.startedAt + Self.confirmationDelay <= flight.attempt.startedAt
      }
    }
  }

  /// Whether the provider refuses the access token, too: of one that has run out, that would tell nothing.
  private func accessTokenIsRefused(_ flight: RefreshFlight) async throws -> Bool {
    let now = custodian.clocks.now()
    let isOver = flight.credential.expiresAt.map { $0 <= now } ?? false
    if isOver, try !custodian.doubtsClock() { return false }
    return try await isRefused(flight.credential, at: flight.connection, spending: flight.credentialOpening) ?? false
  }

  private func bury(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      // Whoever has taken the claim over may have an answer already; it decides.
      guard flight.isAbout(head), try change.isNewest(flight.claim) else {
        return try change.leave(head, flight, as: .refused, reason: code)
      }
      if let held = try change.hold(head, flight, code: code, at: boot, chance: draw) { return held }
      try change.end(flight, as: .refused, reason: code)
      try change.declareDead(&head, reason: code, claim: flight.claim, by: .refresher)
      return .dead(reason: code)
    }
  }
}
