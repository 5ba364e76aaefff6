import Foundation
import Sealing

/// How things stand, in numbers: of all processes that use this file. Without ids, and each count bounded.
package struct StoredGauges: Sendable {
  /// Where counting ends.
  package static let most = 100_000

  package let due: Int64
  package let oldestDue: Instant?
  package let dueWithin: [(seconds: Int64, count: Int64)]
  package let openRefreshes: [(state: RefreshAttemptState, count: Int64)]
  /// Refreshes that ended without an answer of which it is known what became of it.
  package let uncertainWithin: [(seconds: Int64, count: Int64)]
  package let openBreakers: Int64
  package let openIncidents: [(kind: IncidentKind, count: Int64)]
  /// By the lifecycle that is not ready, or the health that is not ok.
  package let unwell: [(state: String, count: Int64)]
  package let openAttempts: Int64
  package let lastEvent: Int64
  package let oldestKey: Instant?
  package let openRotations: Int64
  package let quarantined: Int64
}

/// Every count is by an index, or over a table with a row for each connector or workspace at most.
extension ReadTransaction {
  package func gauges(at now: Instant, boot: BootInstant) throws -> StoredGauges {
    StoredGauges(
      due: try due(until: now), oldestDue: try nextDue().flatMap { $0 <= now ? $0 : nil },
      dueWithin: try [60, 600, 3600, 86_400].map { (seconds: $0, count: try due(until: now + .seconds($0))) },
      openRefreshes: try [RefreshAttemptState.intent, .landed].map { (state: $0, count: try openRefreshes($0)) },
      uncertainWithin: try [3600, 86_400].map { (seconds: $0, count: try uncertain(since: now + .seconds(-$0))) },
      openBreakers: try openBreakers(boot),
      openIncidents: try IncidentKind.allCases.map { (kind: $0, count: try openIncidents($0)) },
      unwell: try unwell(),
      openAttempts: try atMost("attempts INDEXED BY attempts_live WHERE ended_at IS NULL"), lastEvent: try lastEvent(),
      oldestKey: try integer(sql: "SELECT min(created_at) FROM workspace_keys WHERE wrapped IS NOT NULL")
        .map(Instant.init(milliseconds:)),
      openRotations: try atMost("rotations WHERE ended_at IS NULL"), quarantined: try atMost("quarantine"))
  }

  private func due(until: Instant) throws -> Int64 {
    try atMost("schedules INDEXED BY schedules_due WHERE refresh_at <= ?", [.instant(until)])
  }

  private func openRefreshes(_ state: RefreshAttemptState) throws -> Int64 {
    try atMost(
      "refresh_attempts INDEXED BY refresh_attempts_open WHERE ended_at IS NULL AND state = ?", [.word(state)])
  }

  private func uncertain(since: Instant) throws -> Int64 {
    try atMost(
      "refresh_attempts INDEXED BY refresh_attempts_uncertain WHERE state = 'uncertain' AND ended_at >= ?",
      [.instant(since)])
  }

  private func openBreakers(_ boot: BootInstant) throws -> Int64 {
    try atMost("breakers WHERE boot = ? AND open_until IS NOT NULL", [.text(boot.boot)])
  }

  private func openIncidents(_ kind: IncidentKind) throws -> Int64 {
    try atMost("incidents WHERE closed_at IS NULL AND kind = ?", [.word(kind)])
  }

  private func unwell() throws -> [(state: String, count: Int64)] {
    let troubled = "integrations INDEXED BY integrations_troubled WHERE (lifecycle <> 'ready' OR health <> 'ok') AND "
    let lifecycles = try [Lifecycle.pending, .needsReauthorization, .revoked].map { lifecycle in
      (state: lifecycle.rawValue, count: try atMost(troubled + "lifecycle = ?", [.word(lifecycle)]))
    }
    let healths = try Health.allCases.filter { $0 != .ok }.map { health in
      (state: health.rawValue, count: try atMost(troubled + "lifecycle = 'ready' AND health = ?", [.word(health)]))
    }
    return lifecycles + healths
  }

  private func atMost(_ what: String, _ values: [ColumnValue] = []) throws -> Int64 {
    try integer(sql: "SELECT count(*) FROM (SELECT 1 FROM \(what) LIMIT \(StoredGauges.most))", values) ?? 0
  }
}
