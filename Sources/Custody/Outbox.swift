import Foundation
import Sealing
import Storage

/// The outbox and an integration's history, proven like every row that is read for use.
extension CustodyView {
  /// A workspace's events after `sequence`, oldest first.
  package func events(workspace: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try tx.events(workspace: workspace, after: sequence, limit: limit).map(verified)
  }

  /// One integration's events after `sequence`, oldest first.
  package func events(integration: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try tx.events(integration: integration, after: sequence, limit: limit).map(verified)
  }

  /// The number of an integration's newest event; 0 without one.
  package func lastEvent(of integration: UUID) throws -> Int64 { try tx.lastEvent(of: integration) }
}

extension CustodyChange {
  /// The next number for an event of this integration: 1, 2, 3 …, above the floor of the incarnation.
  /// - Throws: `integrity` where the counter is gone although it has counted.
  package func nextEventSequence(_ integration: UUID) throws -> Int64 {
    if var counter = try row(EventCounterRow.self, .uuid(integration)) {
      counter.last += 1
      try update(counter)
      return counter.last
    }
    let first = EventCounterRow(integration: integration, last: try incarnation().floor + 1)
    guard try tx.count(TransitionRow.self, matching: ["integration": .uuid(integration)]) == 0 else {
      throw integrity(first)
    }
    try insert(first)
    return first.last
  }

  /// Lets an integration's events count on from above `floor`. A counter that does not verify is left as it is.
  func raiseEventCounter(of integration: UUID, to floor: Int64) throws {
    let key = ["integration": ColumnValue.uuid(integration)]
    guard let counters = try ifSound({ try rows(EventCounterRow.self, matching: key) }) else { return }
    guard var counter = counters.first else { return try insert(EventCounterRow(integration: integration, last: floor)) }
    guard counter.last < floor else { return }
    counter.last = floor
    try update(counter)
  }

  /// Puts an event into the outbox; visible to others once the transaction is committed. Its number is drawn here, under
  /// the write lock, because the MAC covers it.
  /// - Throws: `integrity` where somebody used up the numbers.
  package func append(_ event: EventRow) throws {
    var event = event
    let (next, isUsedUp) = try tx.lastEvent().addingReportingOverflow(1)
    guard !isUsedUp else { throw integrity(event) }
    event.sequence = next
    try insert(event)
  }

  /// Takes an event out of the outbox; its number is not given again.
  package func remove(_ event: EventRow) throws { try delete(event) }

  package func append(_ step: TransitionRow) throws { try insert(step) }

  /// - Throws: `StorageError.conflict` when it was spent before.
  package func spend(_ secret: SpentSecretRow) throws { try insert(secret) }

  /// Removes what is kept beside an integration's row, before the row itself goes. Its events stay in the outbox.
  package func forget(_ integration: UUID) throws {
    try unauthenticatedWrites.unschedule(integration)
    try delete(DeadlineRow.self, .uuid(integration))
    try delete(TransitionRow.self, matching: ["integration": .uuid(integration)])
    try delete(EventCounterRow.self, matching: ["integration": .uuid(integration)])
  }
}
