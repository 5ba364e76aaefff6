import Dispatch
import Synchronization

/// Work that keeps every core busy.
enum Cores {
  /// `transform` of each element, in order, spread over the cores. Blocks: call it inside `offPool`.
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
