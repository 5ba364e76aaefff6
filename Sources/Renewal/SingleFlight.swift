import Synchronization

/// Runs a piece of work once for all who ask for it at the same time. The work is nobody's child: a caller that gives
/// up does not end it for the others.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let running = Mutex<[Key: Task<Value, any Error>]>([:])

  func run(_ key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = running.withLock { running in
      if let task = running[key] { return task }
      let task = Task {
        defer { self.running.withLock { _ = $0.removeValue(forKey: key) } }
        return try await work()
      }
      running[key] = task
      return task
    }
    return try await task.value
  }

  /// Returns when everything that was running has ended.
  func drain() async {
    for task in running.withLock({ Array($0.values) }) { _ = await task.result }
  }
}
