import Foundation
import Sealing

extension ReadTransaction {
  /// A workspace's events after `sequence`, oldest first.
  package func events(workspace: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try fetch(
      EventRow.self,
      sql: """
        SELECT \(EventRow.columns.joined(separator: ", ")) FROM events
        WHERE workspace = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """,
      [.uuid(workspace), .integer(sequence), .integer(Int64(limit))])
  }

  /// One integration's events after `sequence`, oldest first.
  package func events(integration: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try fetch(
      EventRow.self,
      sql: """
        SELECT \(EventRow.columns.joined(separator: ", ")) FROM events
        WHERE integration = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """,
      [.uuid(integration), .integer(sequence), .integer(Int64(limit))])
  }

  /// The number of an integration's newest event; 0 without one.
  package func lastEvent(of integration: UUID) throws -> Int64 {
    try integer(sql: "SELECT max(sequence) FROM events WHERE integration = ?", [.uuid(integration)]) ?? 0
  }
}

extension WriteTransaction {
  /// The next number for an event of this integration: 1, 2, 3 …
  package func nextEventSequence(_ integration: UUID) throws -> Int64 {
    try execute(
      """
      INSERT INTO event_counters (integration, last) VALUES (?, 1)
      ON CONFLICT (integration) DO UPDATE SET last = last + 1
      """, [.uuid(integration)], table: "event_counters")
    return try integer(sql: "SELECT last FROM event_counters WHERE integration = ?", [.uuid(integration)]) ?? 1
  }

  /// Puts an event into the outbox; visible to others once the transaction is committed.
  package func append(_ event: EventRow) throws { try insert(event) }
}
