import Foundation
import Synchronization

/// Tells the parts of this process that something was committed. What was is read from the database.
package final class CommitSignal: Sendable {
  private let listeners = Mutex<[UUID: AsyncStream<Void>.Continuation]>([:])

  /// A stream with an element per commit; commits that come while nobody reads are folded into one.
  package func stream() -> AsyncStream<Void> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let id = UUID()
      listeners.withLock { $0[id] = continuation }
      continuation.onTermination = { [weak self] _ in self?.listeners.withLock { _ = $0.removeValue(forKey: id) } }
    }
  }

  /// The same, with an element at least every `interval`: for what other processes commit.
  package func stream(atLeastEvery interval: Duration) -> AsyncStream<Void> {
    let ticks = Ticks(every: interval)
    return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let id = UUID()
      listeners.withLock { $0[id] = continuation }
      ticks.start { continuation.yield() }
      continuation.onTermination = { [weak self] _ in
        ticks.stop()
        self?.listeners.withLock { _ = $0.removeValue(forKey: id) }
      }
    }
  }

  /// Yields with the listeners unlocked. A reader that is cancelled holds its task's lock while it leaves the listeners,
  /// and a yield waits for that lock: with both locks taken the other way round, neither would ever end.
  package func signal() {
    for continuation in listeners.withLock({ Array($0.values) }) { continuation.yield() }
  }
}

/// A repeating Dispatch timer.
///
/// `@unchecked Sendable`: `DispatchSourceTimer` is not marked; it is configured once, before it is activated.
private final class Ticks: @unchecked Sendable {
  private let source: any DispatchSourceTimer

  init(every interval: Duration) {
    source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "reseal.ticks"))
    let milliseconds = Int(interval.milliseconds)
    source.schedule(deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds))
  }

  func start(_ body: @escaping @Sendable () -> Void) {
    source.setEventHandler(handler: body)
    source.activate()
  }

  func stop() { source.cancel() }
}
