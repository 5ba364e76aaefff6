import Custody
import Foundation
import Logging
import Storage

/// What a run over the due refreshes did.
package struct DueSummary: Sendable, Equatable, Codable {
  package var refreshed = 0
  /// To be tried again by themselves.
  package var postponed = 0
  /// A customer or an operator is needed.
  package var needHuman = 0
  /// Time ran out before all that was due had been looked at.
  package var isPartial = false
}

/// Refreshes whatever is due, the most urgent first. The scheduler, cron and the command line run the same code, and
/// any number of them together: each integration is claimed in the database.
package struct DueRefreshes: Sendable {
  private let custodian: Custodian
  private let refresher: Refresher
  private let log: Logger

  package init(custodian: Custodian, refresher: Refresher, log: Logger) {
    self.custodian = custodian
    self.refresher = refresher
    self.log = log
  }

  /// - Parameters:
  ///   - deadline: no refresh is begun after it; those in flight are finished.
  ///   - concurrency: refreshes at the same time.
  package func run(until deadline: Instant? = nil, concurrency: Int) async throws -> DueSummary {
    var summary = DueSummary()
    var seen: Set<UUID> = []
    while true {
      if let deadline, custodian.clocks.now() >= deadline {
        summary.isPartial = try !due(limit: concurrency, except: seen).isEmpty
        return summary
      }
      let batch = try due(limit: concurrency, except: seen)
      if batch.isEmpty { return summary }
      seen.formUnion(batch.map(\.integration))
      for outcome in await refreshAll(batch) { summary.count(outcome) }
    }
  }

  /// When the next refresh falls due.
  package func nextDue() throws -> Instant? { try custodian.view { try $0.unauthenticated.nextDue() } }

  private func due(limit: Int, except seen: Set<UUID>) throws -> [ScheduleRow] {
    try custodian.view { view in
      try view.unauthenticated.dueSchedules(
        at: view.now, boot: custodian.clocks.boot(), limit: limit + seen.count
      ).filter { !seen.contains($0.integration) }.prefix(limit).map { $0 }
    }
  }

  private func refreshAll(_ batch: [ScheduleRow]) async -> [RefreshOutcome] {
    await withTaskGroup(of: RefreshOutcome.self) { group in
      for row in batch { group.addTask { await refresh(row) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func refresh(_ row: ScheduleRow) async -> RefreshOutcome {
    do {
      let outcome = try await refresher.refresh(row.integration, workspace: row.workspace, trigger: .due)
      if outcome == .notRefreshable { try await reschedule(row, at: nil) }
      return outcome
    } catch {
      log.error("a due refresh failed", metadata: ["integration": "\(row.integration.text)", "error": "\(error)"])
      do { try await reschedule(row, at: custodian.clocks.now() + .seconds(60)) } catch {
        log.error("nor could it be put off", metadata: ["error": "\(error)"])
      }
      return .degraded(reason: "internal", retryAfter: .seconds(60))
    }
  }

  /// Takes a row out of what is due, so that nobody runs in circles around it.
  private func reschedule(_ row: ScheduleRow, at instant: Instant?) async throws {
    try await custodian.amend { change in
      try change.unauthenticatedWrites.schedule(
        row.integration, workspace: row.workspace, refreshAt: instant, failures: row.failures)
    }
  }
}

extension DueSummary {
  fileprivate mutating func count(_ outcome: RefreshOutcome) {
    switch outcome {
    case .fresh: refreshed += 1
    case .degraded, .busy: postponed += 1
    case .dead, .connectorRefused: needHuman += 1
    case .notRefreshable: break
    }
  }
}
