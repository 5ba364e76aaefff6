import Foundation
import Sealing

/// As much of a schedule as says that a refresh is due. What somebody spoiled in the rest is found when that integration
/// is refreshed, and holds up no other.
package struct DueSchedule: StoredRow {
  package static let table = ScheduleRow.table
  package static let key = ScheduleRow.key
  package static let columns = ["integration", "workspace", "connector", "refresh_at"]

  package let integration: UUID
  package let workspace: UUID
  /// The connector, as the schedule has it.
  package let lane: String
  package let refreshAt: Instant

  package var values: [ColumnValue] { [.uuid(integration), .uuid(workspace), .text(lane), .instant(refreshAt)] }

  /// The condition that the ids are ids. A row that somebody made of something else is nobody's, and holds up nobody.
  static let namesSomething: String = {
    let id = [8, 4, 4, 4, 12].map { String(repeating: "[0-9a-f]", count: $0) }.joined(separator: "-")
    return ["integration", "workspace", "connector"].map { "\($0) GLOB '\(id)'" }.joined(separator: " AND ")
  }()

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    workspace = try columns.uuid()
    lane = try columns.text()
    refreshAt = try columns.instant()
  }
}
