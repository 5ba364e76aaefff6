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

  /// Integrations that have waited for their first credential since before `instant`. By index.
  package func pendingIntegrations(createdBefore instant: Instant, limit: Int) throws -> [IntegrationRow] {
    try fetch(
      IntegrationRow.self,
      sql: """
        SELECT \(IntegrationRow.storedColumns.joined(separator: ", ")) FROM integrations
        WHERE lifecycle = 'pending' AND created_at < ? ORDER BY created_at LIMIT ?
        """, [.instant(instant), .integer(Int64(limit))])
  }
}
