import Foundation
import Sealing

extension ReadTransaction {
  /// Deadlines of which something is to be told, in order of time, after `last`. By index.
  package func dueDeadlines(at now: Instant, after last: DeadlineRow? = nil, limit: Int) throws -> [DeadlineRow] {
    try fetch(
      DeadlineRow.self,
      sql: """
        SELECT \(DeadlineRow.storedColumns.joined(separator: ", ")) FROM deadlines
        WHERE notice_at <= ? AND (notice_at, integration) > (?, ?) ORDER BY notice_at, integration LIMIT ?
        """,
      [
        .instant(now), .integer(last?.noticeAt?.milliseconds ?? Int64.min), .text(last?.integration.text ?? ""),
        .integer(Int64(limit)),
      ])
  }

  /// When the next deadline is to be looked at; `nil` when none is.
  package func nextDeadlineNotice() throws -> Instant? {
    try integer(sql: "SELECT min(notice_at) FROM deadlines WHERE notice_at IS NOT NULL").map(Instant.init(milliseconds:))
  }
}
