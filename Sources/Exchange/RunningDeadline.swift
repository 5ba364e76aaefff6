internal import NIOCore
internal import Synchronization

/// A deadline in the time that this process runs: a process that was stopped (SIGSTOP, a paused machine) beyond it and
/// goes on finds almost all of it left, so that a reply which came meanwhile is read and not thrown away.
final class RunningDeadline: Sendable {
  private static let slices = 20
  private let passed = Atomic(0)
  private let over: @Sendable () -> Void

  init(_ over: @escaping @Sendable () -> Void) { self.over = over }

  /// Begins to count. To be cancelled when what it limits has ended.
  func run(_ duration: Duration, on loop: any EventLoop) -> RepeatedTask {
    let slice = TimeAmount.nanoseconds(max(1, TimeAmount(duration).nanoseconds / Int64(Self.slices)))
    return loop.scheduleRepeatedTask(initialDelay: slice, delay: slice) { task in
      guard self.passed.add(1, ordering: .relaxed).newValue == Self.slices else { return }
      task.cancel()
      self.over()
    }
  }
}
