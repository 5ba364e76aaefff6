import Glibc
import Synchronization

/// How a connection waits for the write lock that another process holds.
///
/// SQLite's own time-out looks ten times a second after a while. Among writers that take the lock again as soon as they
/// have let it go, it is seldom free at such a moment, and whoever waits may never get it. This looks far more often.
final class Patience: Sendable {
  /// How long it waits in all, as long as nobody suspends the process.
  static let limit = Duration.seconds(5)
  private let isSuspended = Atomic<Bool>(false)

  /// SQLite's busy handler: called with how often it was called for this lock before.
  /// - Returns: whether to try once more.
  func wait(_ tries: Int) -> Bool {
    guard !isSuspended.load(ordering: .relaxed), let pause = Self.pause(tries) else { return false }
    usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000))
    return true
  }

  /// Runs `body` without waiting for anybody. Of one thread at a time: the writer's.
  func suspended<T>(_ body: () throws -> T) rethrows -> T {
    isSuspended.store(true, ordering: .relaxed)
    defer { isSuspended.store(false, ordering: .relaxed) }
    return try body()
  }

  /// - Returns: `nil` once all pauses before this one make up the limit.
  static func pause(_ tries: Int) -> Duration? {
    switch tries {
    case ..<50: .milliseconds(1)
    case ..<200: .milliseconds(2)
    case ..<1130: .milliseconds(5)
    default: nil
    }
  }
}
