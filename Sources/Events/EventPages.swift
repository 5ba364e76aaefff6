import Storage

/// Anything that has its place in the outbox.
package protocol Sequenced: Sendable {
  var position: Int64 { get }
}

extension EventRow: Sequenced {
  package var position: Int64 { sequence }
}

/// Events as they come, a page at a time, read only when somebody asks for the next: a slow reader holds no more than
/// one page in memory. An empty page is a sign of life, after ten seconds without an event.
package struct EventPages<Element: Sequenced>: AsyncSequence, Sendable {
  let commits: CommitSignal
  let start: Int64
  /// The events after a position; `nil` when the stream is over.
  let read: @Sendable (Int64) throws -> [Element]?

  package func makeAsyncIterator() -> Iterator {
    Iterator(cursor: start, read: read, wakes: commits.stream(atLeastEvery: .seconds(1)).makeAsyncIterator())
  }

  package struct Iterator: AsyncIteratorProtocol {
    private static var heartbeat: Duration { .seconds(10) }
    fileprivate var cursor: Int64
    fileprivate let read: @Sendable (Int64) throws -> [Element]?
    fileprivate var wakes: AsyncStream<Void>.AsyncIterator
    private var lastSign = ContinuousClock.now

    fileprivate init(
      cursor: Int64, read: @escaping @Sendable (Int64) throws -> [Element]?, wakes: AsyncStream<Void>.AsyncIterator
    ) {
      self.cursor = cursor
      self.read = read
      self.wakes = wakes
    }

    /// Between pages it waits for a commit of this process, or a second for those of others.
    package mutating func next() async throws -> [Element]? {
      while let page = try read(cursor) {
        if let last = page.last {
          cursor = last.position
          return signOfLife(page)
        }
        if ContinuousClock.now - lastSign >= Self.heartbeat { return signOfLife([]) }
        guard await wakes.next() != nil else { return nil }
      }
      return nil
    }

    private mutating func signOfLife(_ page: [Element]) -> [Element] {
      lastSign = .now
      return page
    }
  }
}
