import Foundation
import Sealing

/// Where an integration stands, exclusively. Suspension is a flag beside it.
package enum Lifecycle: String, Sendable, CaseIterable {
  case pending, ready
  case needsReauthorization = "needs_reauthorization"
  case revoked, deleted
}

/// How a ready integration fares.
package enum Health: String, Sendable, CaseIterable { case ok, degraded, expiring, unverified }

/// One customer's live link through one connector.
package struct IntegrationRow: TenantRow {
  package static let table = "integrations"
  package static let key = ["integration"]
  package static let columns = [
    "integration", "workspace", "customer", "connector", "name", "lifecycle", "health", "reason_code", "since",
    "suspended_at", "grant_number", "current_version", "last_version", "actor", "tenant", "account_label",
    "parameters", "verified_at", "created_at",
  ]

  package var integration: UUID
  package var workspace: UUID
  package var customer: String
  package var connector: UUID
  package var name: String?
  package var lifecycle: Lifecycle
  package var health: Health
  package var reasonCode: String?
  /// When lifecycle or health last changed.
  package var since: Instant
  package var suspendedAt: Instant?
  /// Rises with every renewal, put, rollback, disconnect, delete.
  package var grantNumber: Int64
  /// The credential that is served.
  package var currentVersion: Int64?
  /// The highest version ever given out.
  package var lastVersion: Int64
  /// The external account: the user's id at the provider.
  package var actor: String?
  /// … and the organisation's.
  package var tenant: String?
  /// … and what people call it.
  package var accountLabel: String?
  /// Connection parameters, JSON object.
  package var parameters: String
  package var verifiedAt: Instant?
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    integration: UUID, workspace: UUID, customer: String, connector: UUID, name: String? = nil,
    lifecycle: Lifecycle = .pending, health: Health = .ok, reasonCode: String? = nil, since: Instant,
    suspendedAt: Instant? = nil, grantNumber: Int64 = 0, currentVersion: Int64? = nil, lastVersion: Int64 = 0,
    actor: String? = nil, tenant: String? = nil, accountLabel: String? = nil, parameters: String = "{}",
    verifiedAt: Instant? = nil, createdAt: Instant
  ) {
    self.integration = integration
    self.workspace = workspace
    self.customer = customer
    self.connector = connector
    self.name = name
    self.lifecycle = lifecycle
    self.health = health
    self.reasonCode = reasonCode
    self.since = since
    self.suspendedAt = suspendedAt
    self.grantNumber = grantNumber
    self.currentVersion = currentVersion
    self.lastVersion = lastVersion
    self.actor = actor
    self.tenant = tenant
    self.accountLabel = accountLabel
    self.parameters = parameters
    self.verifiedAt = verifiedAt
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .uuid(workspace), .text(customer), .uuid(connector), .optional(name), .word(lifecycle),
      .word(health), .optional(reasonCode), .instant(since), .instant(suspendedAt), .integer(grantNumber),
      .optional(currentVersion), .integer(lastVersion), .optional(actor), .optional(tenant), .optional(accountLabel),
      .text(parameters), .instant(verifiedAt), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    workspace = try columns.uuid()
    customer = try columns.text()
    connector = try columns.uuid()
    name = try columns.optionalText()
    lifecycle = try columns.word(Lifecycle.self)
    health = try columns.word(Health.self)
    reasonCode = try columns.optionalText()
    since = try columns.instant()
    suspendedAt = try columns.optionalInstant()
    grantNumber = try columns.integer()
    currentVersion = try columns.optionalInteger()
    lastVersion = try columns.integer()
    actor = try columns.optionalText()
    tenant = try columns.optionalText()
    accountLabel = try columns.optionalText()
    parameters = try columns.text()
    verifiedAt = try columns.optionalInstant()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
