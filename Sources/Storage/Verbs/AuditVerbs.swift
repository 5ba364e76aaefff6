import Foundation
import Sealing

extension ReadTransaction {
  /// The newest entries, oldest of them first.
  package func auditTail(limit: Int) throws -> [AuditRow] {
    try fetch(
      AuditRow.self,
      sql: "SELECT \(AuditRow.columns.joined(separator: ", ")) FROM audit ORDER BY sequence DESC LIMIT ?",
      [.integer(Int64(limit))]
    ).reversed()
  }
}

extension WriteTransaction {
  /// Appends an entry to the audit log.
  /// - Returns: its sequence number.
  package func append(_ entry: AuditRow) throws -> Int64 {
    try insert(entry)
    return lastInsertedRowID
  }
}
