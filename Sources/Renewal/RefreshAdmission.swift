import Catalogue
import Custody
import Foundation
import Storage

/// Raised to undo a transaction that found out that nothing may be sent now.
struct NotAdmitted: Error {
  let outcome: RefreshOutcome
}

extension CustodyView {
  /// The connector's breaker as it stands in this boot.
  func breaker(of connector: UUID, at boot: BootInstant) throws -> BreakerRow {
    guard let row = try unauthenticated.row(BreakerRow.self, .uuid(connector)), row.boot == boot.boot else {
      return BreakerRow(connector: connector, boot: boot.boot)
    }
    return row
  }

  /// Why nothing of this connector is refreshed for now, and for how long yet.
  package func rest(of connector: UUID, at boot: BootInstant) throws -> (reason: String, left: Duration)? {
    let breaker = try breaker(of: connector, at: boot)
    guard case .rest(let left) = breaker.admission(at: boot) else { return nil }
    return (breaker.reason ?? BreakerRow.unnamed, left)
  }
}

extension CustodyChange {
  /// Closes a breaker, and forgets what was counted.
  package func closeBreaker(of connector: UUID) throws {
    guard let row = try unauthenticated.row(BreakerRow.self, .uuid(connector)) else { return }
    try unauthenticatedWrites.put(BreakerRow(connector: connector, boot: row.boot))
  }

  /// Lets a refresh be sent: by the breaker, then by the rate that all processes share. What an operator asks for passes
  /// the breaker, and so does a use that the provider's grace allows: the grace may be over before the rest is. The one
  /// that tries is an integration that has not failed itself, if there is one: customers whose own grant is in trouble
  /// would keep the breaker open for all.
  /// - Returns: how long to wait with sending: its place in the line.
  /// - Throws: `NotAdmitted`.
  func admit(_ plan: FlightPlan, at boot: BootInstant) throws -> Duration {
    var breaker = try breaker(of: plan.head.connector, at: boot)
    switch breaker.admission(at: boot) {
    case .free: break
    case .trial:
      if try isPoorTrial(plan) { throw NotAdmitted(outcome: .busy) }
      breaker.beginTrial(at: boot)
      try unauthenticatedWrites.put(breaker)
    case .rest(let left):
      guard try !mayPass(plan, breaker, at: boot) else { break }
      throw NotAdmitted(outcome: .resting(reason: breaker.reason ?? BreakerRow.unnamed, retryAfter: left))
    }
    let patience = plan.trigger == .due ? Self.linePatience.due : Self.linePatience.caller
    return try charge(plan.connection, patience: patience, at: boot)
  }

  /// Its own last refresh failed, and another integration that is due could tell more.
  private func isPoorTrial(_ plan: FlightPlan) throws -> Bool {
    try plan.trigger == .due && failures(of: plan.head) > 0
      && unauthenticated.hasSoundDue(connector: plan.head.connector, at: now, boot: plan.claimedAt)
  }

  /// A caller who waits may try early, for an integration that has not failed, unless an operator is needed anyway.
  private func mayPass(_ plan: FlightPlan, _ breaker: BreakerRow, at boot: BootInstant) throws -> Bool {
    if plan.isWithinGrace { return true }
    switch plan.trigger {
    case .forced: return true
    case .due: return false
    case .demand:
      guard try failures(of: plan.head) == 0, !breaker.isTried(at: boot),
        try openIncidents(of: plan.head.connector).isEmpty
      else { return false }
      var breaker = breaker
      breaker.beginTrial(at: boot)
      try unauthenticatedWrites.put(breaker)
      return true
    }
  }

  /// How often in a row its refreshes have failed.
  func failures(of head: IntegrationRow) throws -> Int64 {
    try unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.failures ?? 0
  }

  /// How far ahead the line may be joined: callers who wait stand behind at most this much of what is due.
  private static let linePatience = (due: Duration.milliseconds(200), caller: Duration.seconds(2))

  private func charge(_ connection: Connection, patience: Duration, at boot: BootInstant) throws -> Duration {
    guard let rate = connection.refreshPolicy.rate else { return .zero }
    let connector = connection.connector
    var row =
      try unauthenticated.row(
        ClientRateRow.self, .uuid(connector.workspace), .text(connector.provider), .text(connector.clientID))
      ?? ClientRateRow(
        workspace: connector.workspace, provider: connector.provider, client: connector.clientID, boot: boot.boot,
        usedUntil: 0)
    let used = row.boot == boot.boot ? row.usedUntil : 0
    switch TokenBucket(rate: rate).charge(usedUntil: used, at: boot, patience: patience) {
    case .charged(let usedUntil, let after):
      (row.boot, row.usedUntil) = (boot.boot, usedUntil)
      try unauthenticatedWrites.put(row)
      return after
    case .wait(let delay): throw NotAdmitted(outcome: .queued(retryAfter: delay))
    }
  }
}

extension Connection {
  /// Whether all connections are refreshed at one host: only then does a failure of one say something about the others.
  var sharesTokenHost: Bool { (provider.refresh?.url ?? provider.token?.url)?.placeholders.isEmpty ?? false }
}
