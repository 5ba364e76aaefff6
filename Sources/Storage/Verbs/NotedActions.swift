import Sealing

/// What the log is asked for by name: the index `audit_noted` knows the entries of these actions, and of no other.
package enum NotedAction: String, Sendable, CaseIterable {
  case backup = "backup.create"
  case drill = "root.drill"
  case endlessSecret = "connect.endless-secret"
}

extension ReadTransaction {
  /// The newest entries of an action, the newest first.
  package func auditEntries(of action: NotedAction, limit: Int) throws -> [AuditRow] {
    try fetch(
      AuditRow.self,
      sql: """
        SELECT \(AuditRow.columns.joined(separator: ", ")) FROM audit INDEXED BY audit_noted
        WHERE action = '\(action.rawValue)' ORDER BY sequence DESC LIMIT ?
        """, [.integer(Int64(limit))])
  }
}
