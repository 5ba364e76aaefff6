import Custody
import Dispatch
import Foundation
import Logging
import Storage

/// Refreshes ahead of expiry, unasked: sleeps to the next due instant, at most five seconds, so that what other
/// processes schedule is noticed too; re-armed by this process's own commits.
package struct RefreshScheduler: Sendable {
  private let due: DueRefreshes
  private let notices: DeadlineNotices
  private let clock: ClockWatch
  private let custodian: Custodian
  private let log: Logger
  private let concurrency: Int
  private static let longestSleep = Duration.seconds(5)

  package init(
    due: DueRefreshes, notices: DeadlineNotices, clock: ClockWatch, custodian: Custodian, concurrency: Int, log: Logger
  ) {
    self.due = due
    self.notices = notices
    self.clock = clock
    self.custodian = custodian
    self.concurrency = concurrency
    self.log = log
  }

  /// Runs until the task is cancelled; refreshes that are in flight then are finished.
  package func run() async {
    let timer = WakeTimer()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in custodian.commits.stream() { timer.wake() } }
      group.addTask {
        timer.wake()
        for await _ in timer.wakes { await step(timer) }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func step(_ timer: WakeTimer) async {
    do {
      try await lookAround()
      let sleep = try await pass()
      let toNotice = try notices.nextNotice().map { max(.seconds(1), $0 - custodian.clocks.now()) }
      timer.arm(after: min(sleep, toNotice ?? sleep))
    } catch {
      log.error("the scheduler could not look for due refreshes", metadata: ["error": "\(error)"])
      timer.arm(after: Self.longestSleep)
    }
  }

  /// What comes before refreshes, and between them where a pass takes long.
  private func lookAround() async throws {
    try await clock.look()
    try await notices.run(for: DeadlineNotices.turn, while: { !Task.isCancelled })
  }

  /// Refreshes what is due.
  /// - Returns: how long to sleep: to the next due instant, or to when a connector that rests may be tried. What stays
  ///   due because somebody else is at it is looked at again in a second. One seek by index notices what other
  ///   processes have scheduled; `PRAGMA data_version` would tell less and cost as much.
  private func pass() async throws -> Duration {
    guard let next = try due.nextDue() else { return Self.longestSleep }
    let now = custodian.clocks.now()
    if next > now { return min(Self.longestSleep, next - now) }
    let (summary, nextTry) = try await due.pass(concurrency: concurrency, meanwhile: lookAround)
    let shortest: Duration = summary.refreshed > 0 ? .milliseconds(50) : .seconds(1)
    let later = try due.nextDue(after: now).map { max(.zero, $0 - custodian.clocks.now()) }
    let isSettled = try due.nextDue().map { $0 > now } ?? true
    let sleeps = [later, nextTry, isSettled || nextTry != nil ? nil : shortest].compactMap { $0 }
    return min(Self.longestSleep, max(shortest, sleeps.min() ?? Self.longestSleep))
  }
}

/// A Dispatch timer whose firing, like a nudge from elsewhere, is an element of a stream; those that nobody has read
/// yet are folded into one.
///
/// `@unchecked Sendable`: `DispatchSourceTimer` is not marked, and is used from its own queue only.
final class WakeTimer: @unchecked Sendable {
  let wakes: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  private let queue = DispatchQueue(label: "reseal.scheduler")
  private let source: any DispatchSourceTimer

  init() {
    (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    source = DispatchSource.makeTimerSource(queue: queue)
    let continuation = continuation
    source.setEventHandler { continuation.yield() }
    source.activate()
  }

  deinit { source.cancel() }

  func wake() { continuation.yield() }

  func arm(after delay: Duration) {
    let nanoseconds = Int(delay.milliseconds) * 1_000_000
    queue.async { [self] in
      source.schedule(deadline: .now() + .nanoseconds(nanoseconds), leeway: .milliseconds(10))
    }
  }
}
