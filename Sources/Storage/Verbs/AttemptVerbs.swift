import Foundation
import Sealing

extension ReadTransaction {
  /// Attempts that still live although their time is over, the oldest first. By index.
  package func overdueAttempts(at now: Instant, limit: Int) throws -> [AttemptRow] {
    try fetch(
      AttemptRow.self,
      sql: """
        SELECT \(AttemptRow.storedColumns.joined(separator: ", ")) FROM attempts
        WHERE ended_at IS NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?
        """, [.instant(now), .integer(Int64(limit))])
  }
}
