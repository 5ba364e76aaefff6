import Foundation
import Sealing

extension ReadTransaction {
  /// The last entry of the log; `nil` before the first.
  package func auditHead() throws -> AuditRow? { try rows(AuditRow.self, order: .descending("sequence"), limit: 1).first }

  /// The newest entries, oldest of them first.
  package func auditTail(limit: Int) throws -> [AuditRow] {
    try rows(AuditRow.self, order: .descending("sequence"), limit: limit).reversed()
  }

  /// Up to `limit` entries after `sequence`.
  package func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditRow] {
    try fetch(
      AuditRow.self,
      sql: "SELECT \(AuditRow.columns.joined(separator: ", ")) FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
      [.integer(sequence), .integer(Int64(limit))])
  }

  /// The last entry that was made before an instant.
  package func lastAuditEntry(before instant: Instant) throws -> Int64? {
    try integer(sql: "SELECT max(sequence) FROM audit WHERE at < ?", [.instant(instant)])
  }

  /// The changes of the entries from `first` to `last`, in order.
  package func auditChanges(from first: Int64, through last: Int64) throws -> [AuditChangeRow] {
    try fetch(
      AuditChangeRow.self,
      sql: """
        SELECT \(AuditChangeRow.storedColumns.joined(separator: ", ")) FROM audit_changes
        WHERE sequence BETWEEN ? AND ? ORDER BY sequence, position
        """, [.integer(first), .integer(last)])
  }

  /// Changes that belong to no entry: nobody but an attacker makes them.
  package func strayAuditChanges() throws -> Int {
    Int(try integer(sql: "SELECT count(*) FROM audit_changes WHERE sequence NOT IN (SELECT sequence FROM audit)") ?? 0)
  }

  /// The audit key of today: the one with the highest number.
  package func currentAuditKey() throws -> AuditKeyRow? {
    try rows(AuditKeyRow.self, order: .descending("number"), limit: 1).first
  }

  /// What the log says last about a row; `nil` when it never says anything. What stands behind its end is not the log's.
  package func newestChange(table: String, key: String) throws -> AuditChangeRow? {
    try fetch(
      AuditChangeRow.self,
      sql: """
        SELECT \(AuditChangeRow.storedColumns.joined(separator: ", ")) FROM audit_changes
        WHERE row_table = ? AND row_key = ? AND sequence <= (SELECT max(sequence) FROM audit)
        ORDER BY sequence DESC, position DESC LIMIT 1
        """, [.text(table), .text(key)]
    ).first
  }

  /// The newest changes of rows that exist according to the log, if they stand in entries up to `sequence`.
  package func standingChanges(through sequence: Int64) throws -> [AuditChangeRow] {
    try fetch(
      AuditChangeRow.self,
      sql: """
        SELECT \(AuditChangeRow.storedColumns.joined(separator: ", ")) FROM audit_changes AS c
        WHERE sequence <= ? AND digest IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM audit_changes AS later
          WHERE later.row_table = c.row_table AND later.row_key = c.row_key
            AND (later.sequence, later.position) > (c.sequence, c.position))
        ORDER BY sequence, position
        """, [.integer(sequence)])
  }

  /// What SQLite finds wrong with the file, indexes included; `nil` where nothing is. An index that was made to hide an
  /// entry is found here: whoever reads through it would not see what the log says last.
  package func damage() throws -> String? {
    let found = try texts(sql: "PRAGMA integrity_check(1)", []).first
    return found == "ok" ? nil : found
  }

  /// The keys of rows that exist according to the log and are not in their table.
  package func missingRows<R: StoredRow>(_: R.Type) throws -> [String] {
    let key = R.key.map { "CAST(\($0) AS TEXT)" }.joined(separator: " || '/' || ")
    return try texts(
      sql: """
        SELECT DISTINCT row_key FROM audit_changes AS c
        WHERE row_table = ? AND digest IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM audit_changes AS later
          WHERE later.row_table = c.row_table AND later.row_key = c.row_key
            AND (later.sequence, later.position) > (c.sequence, c.position))
          AND row_key NOT IN (SELECT \(key) FROM \(R.table))
        ORDER BY row_key
        """, [.text(R.table)])
  }
}

extension WriteTransaction {
  /// Removes the entries up to `sequence`, which the horizon must have reached.
  package func pruneAudit(through sequence: Int64) throws {
    try execute("DELETE FROM audit_changes WHERE sequence <= ?", [.integer(sequence)], table: AuditChangeRow.table)
    try execute("DELETE FROM audit WHERE sequence <= ?", [.integer(sequence)], table: AuditRow.table)
  }
}
