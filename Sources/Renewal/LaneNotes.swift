import Custody
import Foundation
import OAuth
import Storage

/// What the end of a refresh tells about its connector: breaker and incidents, in the same transaction.
extension CustodyChange {
  /// A refresh succeeded: the breaker closes, and so do incidents that this proves to be over. A client secret that
  /// worked where the preferred one was refused is preferred from now on.
  func noteSuccess(of flight: RefreshFlight, at boot: BootInstant) throws {
    guard var connector = try row(ConnectorRow.self, .uuid(flight.connection.connector.connector)) else { return }
    var breaker = try breaker(of: connector.connector, at: boot)
    breaker.succeed(at: boot)
    try closeIncidents(
      of: connector, { $0.kind == .misconfigured || breaker.hasProven }, by: .refresher, closedBy: IncidentRow.bySuccess)
    try unauthenticatedWrites.put(breaker)
    guard flight.triesOtherSecret, connector.secretVersion != flight.client.version else { return }
    connector.secretVersion = flight.client.version
    try update(connector)
    try record(
      AuditEntry(
        "connector.prefer_secret", "connector/\(connector.connector.text)", workspace: connector.workspace,
        by: .refresher, detail: ["version": String(connector.secretVersion)]))
  }

  /// A refresh failed for a passing reason: the provider's, or nobody's.
  func note(_ setback: Setback, of flight: RefreshFlight, at boot: BootInstant) throws {
    guard !setback.isOurs, flight.connection.sharesTokenHost else { return }
    var breaker = try breaker(of: flight.connection.connector.connector, at: boot)
    if setback.isAnswer(to: flight) {
      breaker.hear(at: boot)
    } else {
      let isFirst = try failures(of: flight.head) == 0
      breaker.fail(at: boot, reason: setback.reason, retryAfter: setback.retryAfter, isFirst: isFirst)
    }
    try unauthenticatedWrites.put(breaker)
  }

  /// The provider refused our client.
  /// - Returns: whether an incident was opened.
  func noteBlame(of flight: RefreshFlight, code: String, at boot: BootInstant) throws -> Bool {
    let connector = flight.connection.connector
    var breaker = try breaker(of: connector.connector, at: boot)
    let isAlone = try !unauthenticated.hasSeveralScheduled(connector: connector.connector)
    let isEverybodys = breaker.blame(flight.head.integration, isAlone: isAlone, at: boot, reason: code)
    try unauthenticatedWrites.put(breaker)
    return try isEverybodys && openIncident(.misconfigured, of: connector, reason: code)
  }

  /// The provider refused the token.
  /// - Returns: whether the refusal is held, because too many are refused at once for all to be true.
  func noteRefusal(of flight: RefreshFlight, code: String, at boot: BootInstant) throws -> Bool {
    let connector = flight.connection.connector
    var breaker = try breaker(of: connector.connector, at: boot)
    let isOpen = try openIncidents(of: connector.connector).contains { $0.kind == .refusalsHeld }
    let areTooMany = try isFirstRefusal(of: flight) && breaker.refuse(at: boot)
    if try !refusalsAreBelieved(of: connector.connector), areTooMany || isOpen {
      let wasTrial = breaker.openUntil != nil
      if areTooMany || wasTrial { breaker.hold(at: boot, reason: IncidentKind.refusalsHeld.rawValue) }
      if try openIncident(.refusalsHeld, of: connector, reason: code) { breaker.recount(at: boot) }
      try unauthenticatedWrites.put(breaker)
      return true
    }
    breaker.hear(at: boot)
    try unauthenticatedWrites.put(breaker)
    return false
  }

  /// Whether this token is refused for the first time.
  private func isFirstRefusal(of flight: RefreshFlight) throws -> Bool {
    try rows(
      RefreshAttemptRow.self,
      matching: [
        "integration": .uuid(flight.head.integration), "fingerprint": .blob(flight.attempt.fingerprint),
        "state": .word(RefreshAttemptState.refused),
      ]
    ).allSatisfy { $0.reason.flatMap(RefusalCode.init(rawValue:))?.isTerminal != true }
  }
}

extension Setback {
  private static let ours: Set = [
    "claim_ran_out", "not_opened", "no_spool", "invalid_url", "insecure_url", "invalid_request", "private_address",
    "closed",
  ]

  /// Whether it says nothing about the provider.
  fileprivate var isOurs: Bool {
    Self.ours.contains(reason)
  }

  /// A refusal that the provider worded, as opposed to its own trouble.
  fileprivate func isAnswer(to flight: RefreshFlight) -> Bool {
    guard state == .refused, let status = flight.attempt.status else { return false }
    return (400..<500).contains(status) && status != 429
  }
}
