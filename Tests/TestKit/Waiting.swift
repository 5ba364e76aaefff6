import Events
import Foundation
import Storage

extension World {
  /// Waits for something that commits bring about; looks fifty times a second, and gives up after 15 s.
  package func eventually(_ what: String, _ condition: @escaping @Sendable () throws -> Bool) async throws {
    let commits = custodian.commits
    try await within(what) {
      for await _ in commits.stream(atLeastEvery: .milliseconds(20)) where try condition() { return }
    }
  }
}

/// Runs `body`, and gives it up after 15 s.
package func within<R: Sendable>(
  _ what: String, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
  try await withThrowingTaskGroup(of: R.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: .seconds(15))
      throw WaitedTooLong(what: what)
    }
    guard let result = try await group.next() else { throw WaitedTooLong(what: what) }
    group.cancelAll()
    return result
  }
}

/// The first `count` events of a stream that `isWanted`.
package func first<Element: Sequenced>(
  _ count: Int, of stream: EventPages<Element>?, where isWanted: @escaping @Sendable (Element) -> Bool = { _ in true }
) async throws -> [Element] {
  try await within("\(count) events of a stream") {
    var found: [Element] = []
    guard let stream else { return found }
    for try await page in stream {
      found += page.filter(isWanted)
      if found.count >= count { break }
    }
    return Array(found.prefix(count))
  }
}

/// All events of a stream that ends.
package func all<Element: Sequenced>(of stream: EventPages<Element>?) async throws -> [Element] {
  try await within("the end of a stream") {
    var found: [Element] = []
    guard let stream else { return found }
    for try await page in stream { found += page }
    return found
  }
}
