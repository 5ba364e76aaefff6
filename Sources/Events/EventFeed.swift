import Custody
import Foundation
import Storage

/// The outbox, read: pages for backends, streams for browsers. Sequence numbers are the same everywhere.
package struct EventFeed: Sendable {
  private let custodian: Custodian
  /// How long a page hears of its attempt after the attempt's end.
  private static let afterlife = Duration.seconds(600)
  private static let pageSize = 100

  package init(custodian: Custodian) { self.custodian = custodian }

  /// A workspace's events after `sequence`, oldest first.
  package func page(workspace: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try custodian.view { try $0.events(workspace: workspace, after: sequence, limit: limit) }
  }

  /// A workspace's events after `sequence`, without end.
  package func stream(workspace: UUID, after sequence: Int64) -> EventPages<EventRow> {
    pages(after: sequence) { cursor in try page(workspace: workspace, after: cursor, limit: Self.pageSize) }
  }

  /// What a page hears: the events of its attempt, and of its integration from then on, until ten minutes after the
  /// attempt's end. Whoever comes late hears what has been.
  /// - Returns: `nil` when it is over.
  /// - Throws: `CustodyError.notFound` for an unknown listener id: 128 random bits, which nobody guesses.
  package func stream(listener: String, after sequence: Int64) throws -> EventPages<ListenedEvent>? {
    guard let known = try attempt(listener) else { throw CustodyError.notFound }
    if isOver(known) { return nil }
    return pages(after: sequence) { cursor in
      guard let attempt = try attempt(listener), !isOver(attempt) else { return nil }
      return try custodian.view { view in
        try view.events(integration: attempt.integration, after: cursor, limit: Self.pageSize)
      }.map { ListenedEvent($0, heardBy: attempt) }
    }
  }

  /// What a page hears that listens to an integration, from now on or after `sequence`.
  package func stream(integration: UUID, after sequence: Int64?) throws -> EventPages<ListenedEvent> {
    let start = try sequence ?? custodian.view { try $0.lastEvent(of: integration) }
    return pages(after: start) { cursor in
      try custodian.view { view in
        try view.events(integration: integration, after: cursor, limit: Self.pageSize)
      }.map { ListenedEvent($0) }
    }
  }

  private func attempt(_ listener: String) throws -> AttemptRow? {
    try custodian.view { try $0.rows(AttemptRow.self, matching: ["listener": .text(listener)]).first }
  }

  private func isOver(_ attempt: AttemptRow) -> Bool {
    attempt.endedAt.map { $0 + Self.afterlife < custodian.clocks.now() } ?? false
  }

  private func pages<Element: Sequenced>(
    after sequence: Int64, _ read: @escaping @Sendable (Int64) throws -> [Element]?
  ) -> EventPages<Element> {
    EventPages(commits: custodian.commits, start: sequence, read: read)
  }
}
