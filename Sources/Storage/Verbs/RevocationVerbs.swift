import Foundation
import Sealing

extension ReadTransaction {
  /// Revocations that are due, the oldest first, after `last`; of one integration where one is named. By index.
  package func dueRevocations(
    at now: Instant, of integration: UUID? = nil, after last: RevocationRow? = nil, limit: Int
  ) throws -> [RevocationRow] {
    let filter = integration == nil ? "" : "AND integration = ?5"
    return try fetch(
      RevocationRow.self,
      sql: """
        SELECT \(RevocationRow.storedColumns.joined(separator: ", ")) FROM revocations
        WHERE due_at <= ?1 AND (due_at, revocation) > (?2, ?3) \(filter)
        ORDER BY due_at, revocation LIMIT ?4
        """,
      [
        .instant(now), .integer(last?.dueAt.milliseconds ?? Int64.min), .text(last?.revocation.text ?? ""),
        .integer(Int64(limit)),
      ] + (integration.map { [.uuid($0)] } ?? []))
  }

  /// Refreshes that were under way when their integration ended, and that nobody has ended since. By index.
  package func strandedRefreshes(limit: Int) throws -> [RefreshAttemptRow] {
    let columns = RefreshAttemptRow.storedColumns.map { "a.\($0)" }.joined(separator: ", ")
    return try fetch(
      RefreshAttemptRow.self,
      sql: """
        SELECT \(columns) FROM refresh_attempts AS a JOIN integrations AS head ON head.integration = a.integration
        WHERE a.ended_at IS NULL AND head.lifecycle IN ('revoked', 'deleted') LIMIT ?
        """, [.integer(Int64(limit))])
  }
}
