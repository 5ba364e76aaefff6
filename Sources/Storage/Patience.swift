import Dispatch
import Glibc
import Synchronization

/// How a connection waits for the write lock that another process holds: five seconds, as long as nobody suspends it.
///
/// SQLite's own time-out looks ten times a second after a while. Among writers that take the lock again as soon as they
/// have let it go, it is seldom free at such a moment, and whoever waits may never get it. Were everybody to look more
/// often, all would be busy with looking, and with reading anew what the one before has written: eight processes then
/// do half as much. So whoever has waited for long looks more often than the others.
final class Patience: Sendable {
  private static let limit: UInt64 = 5_000_000_000
  /// When it began to wait, by the monotonic clock. The readers of a pool do not wait for this lock.
  private let began = Atomic<UInt64>(0)
  private let isSuspended = Atomic<Bool>(false)

  /// SQLite's busy handler: called with how often it was called for this lock before.
  /// - Returns: whether to try once more.
  func wait(_ tries: Int) -> Bool {
    if isSuspended.load(ordering: .relaxed) { return false }
    let now = DispatchTime.now().uptimeNanoseconds
    if tries == 0 { began.store(now, ordering: .relaxed) }
    guard now < began.load(ordering: .relaxed) + Self.limit else { return false }
    usleep(Self.pause(after: tries, waited: now - began.load(ordering: .relaxed)))
    return true
  }

  /// Microseconds. Most hold the lock for a millisecond or two.
  private static func pause(after tries: Int, waited: UInt64) -> UInt32 {
    switch waited {
    case _ where tries < 5: 1000
    case ..<1_000_000_000: 40_000
    case ..<2_000_000_000: 10_000
    default: 1000
    }
  }

  /// Runs `body` without waiting for anybody. Of one thread at a time: the writer's.
  func suspended<T>(_ body: () throws -> T) rethrows -> T {
    isSuspended.store(true, ordering: .relaxed)
    defer { isSuspended.store(false, ordering: .relaxed) }
    return try body()
  }
}
