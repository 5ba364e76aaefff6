import Custody
import Foundation
import Logging
import Storage

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
    try await pass(until: deadline, concurrency: concurrency, while: mayGoOn).summary
  }

  /// The same, with how long the first of the connectors that rest does so yet; `nil` where none rests.
  /// - Parameter meanwhile: run now and then while slow answers are waited for, which may follow one another for ever.
  func pass(
    until deadline: Instant? = nil, concurrency: Int, while mayGoOn: @escaping @Sendable () -> Bool = { true },
    meanwhile: @escaping @Sendable () async throws -> Void = {}
  ) async throws -> (summary: DueSummary, nextTry: Duration?) {
    try await custodian.releaseDeadClaims()
    var pass = DuePass(lanes: DueLanes(pageSize: Self.pageSize, concurrency: concurrency))
    let clocks = custodian.clocks
    let mayBegin = { @Sendable (delay: Duration) in
      mayGoOn() && !Task.isCancelled && deadline.map { clocks.now() + delay < $0 } ?? true
    }
    try await withThrowingTaskGroup(of: DueStep.self) { group in
      passing: while true {
        while pass.lanes.inFlight >= concurrency, let step = try await group.next() { pass.take(step, at: clocks.boot()) }
        switch try pass.lanes.next(in: custodian) {
        case .begin(let row) where passed.contains(row.integration, at: clocks.now()):
          pass.lanes.end(row, .notRefreshable, at: clocks.boot())
          continue
        case .begin(let row):
          // Asked last: waiting for a free place may have taken all the time there was.
          pass.summary.isPartial = !mayBegin(.zero)
          if pass.summary.isPartial { break passing }
          group.addTask { .refreshed(row, await refresh(row)) }
          continue
        case .wait(let delay):
          pass.summary.isPartial = !mayBegin(delay)
          if pass.summary.isPartial { break passing }
          if !pass.isWaiting { group.addTask { await wait(delay) } }
          pass.isWaiting = true
        case .nothing where pass.lanes.inFlight == 0 || Task.isCancelled: break passing
        case .nothing:
          if !pass.isLooking { group.addTask { await lookAgain(meanwhile) } }
          pass.isLooking = true
        }
        guard let step = try await group.next() else { break }
        pass.take(step, at: clocks.boot())
      }
      group.cancelAll()
      for try await step in group { pass.take(step, at: clocks.boot()) }
    }
    let boot = custodian.clocks.boot()
    let resting = pass.lanes.resting(at: boot)
    pass.summary.resting = resting.count
    pass.summary.needHuman += try custodian.view { view in
      try resting.count { lane in try UUID(uuidString: lane).map { try !view.openIncidents(of: $0).isEmpty } ?? false }
    }
    return (pass.summary, pass.lanes.nextTry(at: boot))
  }

  /// When the next refresh falls due after `moment`.
  package func nextDue(after moment: Instant? = nil) throws -> Instant? {
    try custodian.view { try $0.unauthenticated.nextDue(after: moment) }
  }

  private func wait(_ delay: Duration) async -> DueStep {
    await custodian.clocks.wait(delay)
    return .waited
  }

  /// Whoever falls due while a slow provider is waited for does not wait with it. Ends at once with its pass.
  /// What cannot be looked at now is looked at a second later.
  private func lookAgain(_ meanwhile: @Sendable () async throws -> Void) async -> DueStep {
    do {
      try await Task.sleep(for: DueLanes.longestWait)
      try await custodian.releaseDeadClaims()
      try await meanwhile()
    } catch is CancellationError {
      return .looked
    } catch {
      log.error("a pass over due refreshes could not look around", metadata: ["error": "\(error)"])
    }
    return .looked
  }

  private func refresh(_ row: DueSchedule) async -> RefreshOutcome {
    let until = custodian.clocks.now() + Self.pause
    do {
      let outcome = try await refresher.refresh(row.integration, workspace: row.workspace, trigger: .due)
      if case .degraded(RefreshOutcome.unknownProvider, _) = outcome { passed.add(row.integration, until: until) }
      return outcome
    } catch {
      log.error("a due refresh failed", metadata: ["integration": "\(row.integration.text)", "error": "\(error)"])
      // A database that is busy or full may be well again long before a provider's grace is over.
      let passes = (error as? StorageError)?.passes ?? false
      passed.add(row.integration, until: passes ? custodian.clocks.now() + .seconds(5) : until)
      return .degraded(reason: "internal", retryAfter: passes ? .seconds(5) : Self.pause)
    }
  }
}
