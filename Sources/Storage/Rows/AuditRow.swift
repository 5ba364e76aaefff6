import Foundation
import Sealing

/// Who did what to which thing: one link of the audit chain.
package struct AuditRow: StoredRow {
  package static let table = "audit"
  package static let key = ["sequence"]
  package static let columns = [
    "sequence", "at", "workspace", "actor", "action", "subject", "detail", "key_number", "hash", "signature",
  ]

  /// From 1, without gaps.
  package var sequence: Int64
  package var at: Instant
  package var workspace: UUID?
  package var actor: String
  package var action: String
  package var subject: String
  /// JSON object; never a secret.
  package var detail: String
  /// The audit key of this entry's range.
  package var keyNumber: Int64
  /// The chain up to and with this entry.
  package var hash: [UInt8]
  /// By the audit key, at the last entry of a transaction.
  package var signature: [UInt8]?

  package init(
    sequence: Int64, at: Instant, workspace: UUID? = nil, actor: String, action: String, subject: String,
    detail: String, keyNumber: Int64, hash: [UInt8] = [], signature: [UInt8]? = nil
  ) {
    self.sequence = sequence
    self.at = at
    self.workspace = workspace
    self.actor = actor
    self.action = action
    self.subject = subject
    self.detail = detail
    self.keyNumber = keyNumber
    self.hash = hash
    self.signature = signature
  }

  package var values: [ColumnValue] {
    [
      .integer(sequence), .instant(at), .uuid(workspace), .text(actor), .text(action), .text(subject), .text(detail),
      .integer(keyNumber), .blob(hash), .optional(signature),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    sequence = try columns.number()
    at = try columns.instant()
    workspace = try columns.optionalUUID()
    actor = try columns.text()
    action = try columns.text()
    subject = try columns.text()
    detail = try columns.text()
    keyNumber = try columns.integer()
    hash = try columns.blob()
    signature = try columns.optionalBlob()
  }
}
