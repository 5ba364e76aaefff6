import Foundation
import Sealing

/// Who did what to which thing.
package struct AuditRow: StoredRow {
  package static let table = "audit"
  package static let key = ["sequence"]
  package static let columns = [
    "sequence", "at", "workspace", "actor", "action", "subject", "detail",
  ]

  /// Given by the database.
  package var sequence: Int64?
  package var at: Instant
  package var workspace: UUID?
  package var actor: String
  package var action: String
  package var subject: String
  /// JSON object; never a secret.
  package var detail: String

  package init(
    sequence: Int64? = nil, at: Instant, workspace: UUID? = nil, actor: String, action: String, subject: String,
    detail: String
  ) {
    self.sequence = sequence
    self.at = at
    self.workspace = workspace
    self.actor = actor
    self.action = action
    self.subject = subject
    self.detail = detail
  }

  package var values: [ColumnValue] {
    [
      .optional(sequence), .instant(at), .uuid(workspace), .text(actor), .text(action), .text(subject), .text(detail),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    sequence = try columns.integer()
    at = try columns.instant()
    workspace = try columns.optionalText().flatMap(UUID.init(uuidString:))
    actor = try columns.text()
    action = try columns.text()
    subject = try columns.text()
    detail = try columns.text()
  }
}
