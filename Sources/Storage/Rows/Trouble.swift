import Foundation
import Sealing

/// Integrations of one connector that are not well in the same way. Counted from rows that nobody has proven: for an
/// operator to look into, not to act on.
package struct Trouble: StoredRow {
  package static let table = IntegrationRow.table
  package static let key = ["connector"]
  package static let columns = ["connector", "state", "reason", "since", "count"]

  package let connector: String
  /// The lifecycle, or the health of a ready one.
  package let state: String
  package let reason: String?
  /// Of the oldest.
  package let since: Instant
  package let count: Int64

  package var values: [ColumnValue] {
    [.text(connector), .text(state), .optional(reason), .instant(since), .integer(count)]
  }

  package init(reading columns: inout ColumnReader) throws {
    connector = try columns.text()
    state = try columns.text()
    reason = try columns.optionalText()
    since = try columns.instant()
    count = try columns.integer()
  }
}

extension ReadTransaction {
  /// What is not well, by connector, state and reason: the first hundred thousand by index.
  package func troubles() throws -> [Trouble] {
    try fetch(
      Trouble.self,
      sql: """
        SELECT connector, state, reason, min(since) AS since, count(*) AS count FROM (
          SELECT connector, CASE lifecycle WHEN 'ready' THEN health ELSE lifecycle END AS state,
            reason_code AS reason, since
          FROM integrations INDEXED BY integrations_troubled
          WHERE (lifecycle <> 'ready' OR health <> 'ok') AND lifecycle IN ('ready', 'needs_reauthorization')
          LIMIT \(StoredGauges.most))
        GROUP BY connector, state, reason ORDER BY connector, state, reason LIMIT 1000
        """, [])
  }

  /// What the engine says about its file: the journal's mode, its version, and the first damage that a quick look finds
  /// (`ok` without one).
  package func engine(looking: Bool) throws -> (journal: String, version: String, damage: String?) {
    (
      try texts(sql: "PRAGMA journal_mode").first ?? "", try texts(sql: "SELECT sqlite_version()").first ?? "",
      looking ? try texts(sql: "PRAGMA quick_check(1)").first : nil
    )
  }
}
