import Foundation
import Sealing

/// What kind of trouble a connector is in as a whole.
package enum IncidentKind: String, Sendable, CaseIterable {
  /// The provider refuses our client: a wrong or expired client secret, a withdrawn registration, a scope.
  case misconfigured
  /// The provider calls many customers' grants dead within minutes: held until it proves to be true.
  case refusalsHeld = "refusals_held"
}

/// Trouble of a connector as a whole. No integration of it is to blame, and none is changed.
package struct IncidentRow: TenantRow {
  package static let table = "incidents"
  package static let key = ["incident"]
  package static let columns = [
    "incident", "workspace", "connector", "kind", "reason", "opened_at", "closed_at", "closed_by",
  ]

  package let incident: UUID
  package let workspace: UUID
  package let connector: UUID
  package let kind: IncidentKind
  /// A code of ours, as the refusals that opened it.
  package let reason: String
  package let openedAt: Instant
  package var closedAt: Instant?
  /// `success`, or the operator who closed it.
  package var closedBy: String?
  package var seal = RowSeal.none

  package init(
    incident: UUID, workspace: UUID, connector: UUID, kind: IncidentKind, reason: String, openedAt: Instant,
    closedAt: Instant? = nil, closedBy: String? = nil
  ) {
    self.incident = incident
    self.workspace = workspace
    self.connector = connector
    self.kind = kind
    self.reason = reason
    self.openedAt = openedAt
    self.closedAt = closedAt
    self.closedBy = closedBy
  }

  package var values: [ColumnValue] {
    [
      .uuid(incident), .uuid(workspace), .uuid(connector), .word(kind), .text(reason), .instant(openedAt),
      .instant(closedAt), .optional(closedBy),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    incident = try columns.uuid()
    workspace = try columns.uuid()
    connector = try columns.uuid()
    kind = try columns.word(IncidentKind.self)
    reason = try columns.text()
    openedAt = try columns.instant()
    closedAt = try columns.optionalInstant()
    closedBy = try columns.optionalText()
    seal = try columns.seal()
  }
}
