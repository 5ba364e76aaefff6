import Foundation
import Sealing

/// What may go: the oldest first, by index, never more than `limit` at a time.
extension ReadTransaction {
  /// Refreshed versions of a workspace that were made before `cutoff` and have `kept` newer ones of their kind; neither
  /// the current one nor one that an open refresh has used.
  package func supersededVersions(
    workspace: UUID, before cutoff: Instant, keeping kept: Int, limit: Int
  ) throws -> [CredentialRow] {
    let columns = CredentialRow.storedColumns.map { "c.\($0)" }.joined(separator: ", ")
    return try fetch(
      CredentialRow.self,
      sql: """
        SELECT \(columns) FROM credentials AS c
        WHERE c.workspace = ?1 AND c.origin = 'refresh' AND c.created_at < ?2
          AND EXISTS (
            SELECT 1 FROM credentials AS newer
            WHERE newer.integration = c.integration AND newer.version > c.version AND newer.origin = 'refresh'
            LIMIT 1 OFFSET ?3)
          AND NOT EXISTS (
            SELECT 1 FROM integrations AS head
            WHERE head.integration = c.integration AND head.current_version = c.version)
          AND NOT EXISTS (
            SELECT 1 FROM refresh_attempts AS used
            WHERE used.integration = c.integration AND used.ended_at IS NULL AND used.used_version = c.version)
        ORDER BY c.created_at LIMIT ?4
        """,
      [.uuid(workspace), .instant(cutoff), .integer(Int64(max(kept, 1) - 1)), .integer(Int64(limit))])
  }

  /// A workspace's events that were told before `cutoff`.
  package func events(workspace: UUID, before cutoff: Instant, limit: Int) throws -> [EventRow] {
    try events(workspace: workspace, after: 0, limit: limit).filter { $0.createdAt < cutoff }
  }

  /// Attempts that ended before `cutoff`.
  package func attempts(workspace: UUID, endedBefore cutoff: Instant, limit: Int) throws -> [AttemptRow] {
    try fetch(
      AttemptRow.self,
      sql: """
        SELECT \(AttemptRow.storedColumns.joined(separator: ", ")) FROM attempts
        WHERE workspace = ? AND ended_at < ? ORDER BY ended_at LIMIT ?
        """, [.uuid(workspace), .instant(cutoff), .integer(Int64(limit))])
  }

  /// Refresh attempts that ended before `cutoff`. One that was uncertain or refused says something about its token, and
  /// stays as long as a version with that token does.
  package func refreshAttempts(workspace: UUID, endedBefore cutoff: Instant, limit: Int) throws -> [RefreshAttemptRow] {
    let columns = RefreshAttemptRow.storedColumns.map { "a.\($0)" }.joined(separator: ", ")
    return try fetch(
      RefreshAttemptRow.self,
      sql: """
        SELECT \(columns) FROM refresh_attempts AS a
        WHERE a.workspace = ? AND a.ended_at < ?
          AND (a.state NOT IN ('uncertain', 'refused') OR NOT EXISTS (
            SELECT 1 FROM credentials AS c WHERE c.integration = a.integration AND c.fingerprint = a.fingerprint))
        ORDER BY a.ended_at LIMIT ?
        """, [.uuid(workspace), .instant(cutoff), .integer(Int64(limit))])
  }
}
