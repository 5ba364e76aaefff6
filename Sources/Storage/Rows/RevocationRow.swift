import Foundation
import Sealing

/// Why the provider is to be told that a grant has ended.
package enum RevocationReason: String, Sendable {
  case disconnected, deleted
  /// The token came when the integration had ended already.
  case late
}

/// A grant that has ended here and of which its provider has yet to be told.
package struct RevocationRow: TenantRow {
  package static let table = "revocations"
  package static let key = ["revocation"]
  package static let columns = [
    "revocation", "workspace", "integration", "connector", "actor", "parameters", "reason", "tries", "due_at",
    "expires_at", "created_at",
  ]

  package var revocation: UUID
  package var workspace: UUID
  package var integration: UUID
  package var connector: UUID
  /// Whose account it was; `nil` where nobody knows.
  package var actor: String?
  /// The connection's parameters, JSON object: a tombstone has none.
  package var parameters: String
  package var reason: RevocationReason
  package var tries: Int64
  /// Who tells the provider moves it on first, so that nobody else does meanwhile.
  package var dueAt: Instant
  /// Nothing is tried after it.
  package var expiresAt: Instant
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    revocation: UUID, workspace: UUID, integration: UUID, connector: UUID, actor: String?, parameters: String,
    reason: RevocationReason, tries: Int64 = 0, dueAt: Instant, expiresAt: Instant, createdAt: Instant
  ) {
    self.revocation = revocation
    self.workspace = workspace
    self.integration = integration
    self.connector = connector
    self.actor = actor
    self.parameters = parameters
    self.reason = reason
    self.tries = tries
    self.dueAt = dueAt
    self.expiresAt = expiresAt
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(revocation), .uuid(workspace), .uuid(integration), .uuid(connector), .optional(actor), .text(parameters),
      .word(reason), .integer(tries), .instant(dueAt), .instant(expiresAt), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    revocation = try columns.uuid()
    workspace = try columns.uuid()
    integration = try columns.uuid()
    connector = try columns.uuid()
    actor = try columns.optionalText()
    parameters = try columns.text()
    reason = try columns.word(RevocationReason.self)
    tries = try columns.number()
    dueAt = try columns.instant()
    expiresAt = try columns.instant()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
