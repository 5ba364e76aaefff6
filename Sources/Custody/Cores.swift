import Dispatch
import Synchronization

/// Work that keeps every core busy, on threads of its own: the cooperative pool stays free for what must not wait.
enum Cores {
  private static let queue = DispatchQueue(label: "reseal.custody.cores", attributes: .concurrent)

  /// Runs `body`, which may block, away from the cooperative pool.
  static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }

  /// `transform` of each element, in order, spread over the cores. Blocks: call it inside `run`.
  static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ transform: @Sendable (Element) throws -> Result
  ) throws -> [Result] {
    let chunk = 8
    let parts = Mutex([Int: Swift.Result<[Result], any Error>]())
    let count = (elements.count + chunk - 1) / chunk
    DispatchQueue.concurrentPerform(iterations: count) { part in
      let range = (part * chunk)..<min((part + 1) * chunk, elements.count)
      let result = Swift.Result { try elements[range].map(transform) }
      parts.withLock { $0[part] = result }
    }
    return try parts.withLock { parts in try (0..<count).flatMap { try parts[$0]!.get() } }
  }
}
