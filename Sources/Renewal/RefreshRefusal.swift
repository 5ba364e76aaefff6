import Catalogue
import Custody
import Foundation
import OAuth
import Storage

/// Refreshes that brought no token: classified, never lumped.
extension Refresher {
  /// How long a doubtful refusal waits for its confirmation.
  static let confirmationDelay = Duration.seconds(60)
  /// What callers are told to wait whose connector the provider refuses.
  static let connectorDelay = Duration.seconds(300)

  /// Ends an attempt without a reply: certainly not sent, or uncertain.
  func close(
    _ flight: RefreshFlight, as state: RefreshAttemptState, _ reason: String
  ) async throws -> RefreshOutcome {
    try await postpone(flight, Setback(state: state, reason: reason))
  }

  func refused(_ refusal: TokenRefusal, _ flight: RefreshFlight) async throws -> RefreshOutcome {
    switch refusal {
    // The provider may have taken the token, and something else has happened to its answer.
    case .transient(let retryAfter, let reason) where reason == .unusable || reason == .gateway:
      return try await postpone(flight, Setback(state: .uncertain, reason: reason.rawValue, retryAfter: retryAfter))
    case .transient(let retryAfter, let reason):
      return try await postpone(flight, Setback(state: .refused, reason: reason.rawValue, retryAfter: retryAfter))
    case .connector(let code):
      return try await blameConnector(flight, code: code.rawValue)
    case .terminal(let code):
      return try await confirm(flight, code: code.rawValue)
    }
  }

  /// Keeps all tokens and tries again later; the integration is degraded, told once per episode.
  private func postpone(_ flight: RefreshFlight, _ setback: Setback) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard flight.isAbout(head) else { return try change.leave(head, flight, as: setback.state, reason: setback.reason) }
      try change.note(setback, of: flight, at: boot)
      let delay = try change.backOff(head, retryAfter: setback.retryAfter, atLeast: .zero, chance: draw)
      try change.apply(.refreshFailedTransiently(reason: setback.reason), to: &head)
      try change.end(flight, as: setback.state, reason: setback.reason)
      try change.record(refreshFailed(head, setback.reason))
      let quiet = try setback.state == .uncertain ? change.quiet(after: flight) : .zero
      return .degraded(reason: setback.reason, retryAfter: max(delay, quiet))
    }
  }

  /// The provider refuses our client: the connector's other secret is tried; then an operator must look, and
  /// integrations keep their state.
  private func blameConnector(_ flight: RefreshFlight, code: String) async throws -> RefreshOutcome {
    if !flight.triesOtherSecret, let other = try otherSecret(than: flight) {
      try await custodian.amend { try $0.end(flight, as: .refused, reason: code) }
      return try await run(
        flight.head.integration, workspace: flight.head.workspace, trigger: .forced(seen: flight.credential.version),
        clientSecret: other)
    }
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    let isNew = try await custodian.amend { change in
      let head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      _ = try change.backOff(head, retryAfter: nil, atLeast: .zero, chance: draw)
      try change.end(flight, as: .refused, reason: code)
      try change.record(refreshFailed(head, code))
      return try change.noteBlame(of: flight, code: code, at: boot)
    }
    if isNew {
      log.critical("the provider refuses the connector's registration; its integrations are unchanged",
        metadata: ["connector": "\(flight.connection.connector.slug)", "code": "\(code)"])
    }
    return .connectorRefused(reason: code)
  }

  private func otherSecret(than flight: RefreshFlight) throws -> Int64? {
    try custodian.view { try $0.clientSecrets(of: flight.connection.connector) }
      .map(\.version).first { $0 != flight.client.version }
  }
}
