import Foundation
import Sealing

extension ReadTransaction {
  /// A workspace's events after `sequence`, oldest first.
  package func events(workspace: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try fetch(
      EventRow.self,
      sql: """
        SELECT \(EventRow.storedColumns.joined(separator: ", ")) FROM events
        WHERE workspace = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """,
      [.uuid(workspace), .integer(sequence), .integer(Int64(limit))])
  }

  /// One integration's events after `sequence`, oldest first.
  package func events(integration: UUID, after sequence: Int64, limit: Int) throws -> [EventRow] {
    try fetch(
      EventRow.self,
      sql: """
        SELECT \(EventRow.storedColumns.joined(separator: ", ")) FROM events
        WHERE integration = ? AND sequence > ? ORDER BY sequence LIMIT ?
        """,
      [.uuid(integration), .integer(sequence), .integer(Int64(limit))])
  }

  /// The number of an integration's newest event; 0 without one.
  package func lastEvent(of integration: UUID) throws -> Int64 {
    try integer(sql: "SELECT max(sequence) FROM events WHERE integration = ?", [.uuid(integration)]) ?? 0
  }

  /// The number of the newest event there ever was, so that none is given twice; 0 without one.
  package func lastEvent() throws -> Int64 {
    try integer(
      sql: """
        SELECT max(
          0, coalesce((SELECT max(sequence) FROM events), 0),
          coalesce((SELECT CAST(seq AS INTEGER) FROM sqlite_sequence WHERE name = 'events'), 0))
        """) ?? 0
  }
}
