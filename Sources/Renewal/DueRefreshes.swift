import Custody
import Foundation
import Logging
import Storage
import Synchronization

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
  private let passed = PassedOver()
  private static let pageSize = 100
  /// How long something is left alone whose refresh failed in this process, not at the provider.
  private static let pause = Duration.seconds(60)

  package init(custodian: Custodian, refresher: Refresher, log: Logger) {
    self.custodian = custodian
    self.refresher = refresher
    self.log = log
  }

  /// One pass over what is due.
  /// - Parameters:
  ///   - deadline: no refresh is begun after it; those in flight are finished.
  ///   - concurrency: refreshes at the same time.
  ///   - mayGoOn: asked before each refresh; once it says no, those in flight are finished.
  package func run(
    until deadline: Instant? = nil, concurrency: Int, while mayGoOn: @escaping @Sendable () -> Bool = { true }
  ) async throws -> DueSummary {
    var summary = DueSummary()
    var queue = DueQueue(pageSize: Self.pageSize)
    try await withThrowingTaskGroup(of: RefreshOutcome.self) { group in
      var inFlight = 0
      while let row = try queue.next(in: custodian) {
        if passed.contains(row.integration, at: custodian.clocks.now()) { continue }
        if inFlight == concurrency, let outcome = try await group.next() {
          summary.count(outcome)
          inFlight -= 1
        }
        // Asked last: waiting for a free place may have taken all the time there was.
        guard mayGoOn(), !Task.isCancelled, deadline.map({ custodian.clocks.now() < $0 }) ?? true else {
          summary.isPartial = true
          break
        }
        group.addTask { await refresh(row) }
        inFlight += 1
      }
      for try await outcome in group { summary.count(outcome) }
    }
    return summary
  }

  /// When the next refresh falls due.
  package func nextDue() throws -> Instant? { try custodian.view { try $0.unauthenticated.nextDue() } }

  private func refresh(_ row: DueSchedule) async -> RefreshOutcome {
    let until = custodian.clocks.now() + Self.pause
    do {
      let outcome = try await refresher.refresh(row.integration, workspace: row.workspace, trigger: .due)
      if case .degraded(RefreshOutcome.unknownProvider, _) = outcome { passed.add(row.integration, until: until) }
      return outcome
    } catch {
      log.error("a due refresh failed", metadata: ["integration": "\(row.integration.text)", "error": "\(error)"])
      passed.add(row.integration, until: until)
      return .degraded(reason: "internal", retryAfter: Self.pause)
    }
  }
}

/// What is due, page after page, in the order of urgency.
private struct DueQueue {
  private let pageSize: Int
  private var page: ArraySlice<DueSchedule> = []
  private var last: DueSchedule?
  private var isExhausted = false

  init(pageSize: Int) { self.pageSize = pageSize }

  mutating func next(in custodian: Custodian) throws -> DueSchedule? {
    if page.isEmpty, !isExhausted {
      let (size, last) = (pageSize, last)
      let rows = try custodian.view { view in
        try view.unauthenticated.dueSchedules(
          at: view.now, boot: custodian.clocks.boot(), after: last, limit: size)
      }
      page = rows[...]
      isExhausted = rows.count < size
    }
    last = page.first ?? last
    return page.popFirst()
  }
}

/// What this process cannot refresh, for a while: nobody runs in circles around it, and other processes are not told,
/// because they may be able to.
private final class PassedOver: Sendable {
  private let until = Mutex<[UUID: Instant]>([:])

  func add(_ integration: UUID, until instant: Instant) { until.withLock { $0[integration] = instant } }

  func contains(_ integration: UUID, at now: Instant) -> Bool {
    until.withLock { until in
      guard let instant = until[integration] else { return false }
      if instant > now { return true }
      until[integration] = nil
      return false
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
