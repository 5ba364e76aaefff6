import Foundation
import Sealing

/// The names under which events leave the outbox.
package enum EventType: String, Sendable, CaseIterable {
  case pending = "integration.pending"
  case ready = "integration.ready"
  case importDone = "integration.import_done"
  case recovered = "integration.recovered"
  case degraded = "integration.degraded"
  case expiring = "integration.expiring"
  case needsReauthorization = "integration.needs_reauthorization"
  case renewed = "integration.renewed"
  case revoked = "integration.revoked"
  case suspended = "integration.suspended"
  case resumed = "integration.resumed"
  case deleted = "integration.deleted"
  case renewalFailed = "renewal.failed"
  case connectFailed = "connect.failed"
  case connectorMisconfigured = "connector.misconfigured"
  case connectorRefusalsHeld = "connector.refusals_held"
  case connectorRecovered = "connector.recovered"
}

/// Something that happened to an integration, or to a connector as a whole, in the outbox.
package struct EventRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "events"
  package static let key = ["sequence"]
  /// Numbers stay below it, so that JSON keeps them.
  package static let numbersEnd: Int64 = 1 << 53
  package static let columns = [
    "sequence", "workspace", "connector", "integration", "integration_sequence", "customer", "attempt", "type",
    "payload", "created_at",
  ]

  /// Its place in the outbox: given when it is appended, before its MAC is made.
  package var sequence: Int64
  package var workspace: UUID
  /// Set, instead of integration and customer, where it is about a connector.
  package var connector: UUID?
  package var integration: UUID?
  /// 0 where it is about a connector.
  package var integrationSequence: Int64
  package var customer: String?
  package var attempt: UUID?
  package var type: EventType
  /// JSON object; never a secret.
  package var payload: String
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    sequence: Int64 = 0, workspace: UUID, connector: UUID? = nil, integration: UUID? = nil,
    integrationSequence: Int64 = 0, customer: String? = nil, attempt: UUID? = nil, type: EventType, payload: String, createdAt: Instant
  ) {
    self.sequence = sequence
    self.workspace = workspace
    self.connector = connector
    self.integration = integration
    self.integrationSequence = integrationSequence
    self.customer = customer
    self.attempt = attempt
    self.type = type
    self.payload = payload
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .integer(sequence), .uuid(workspace), .uuid(connector), .uuid(integration), .integer(integrationSequence),
      .optional(customer), .uuid(attempt), .word(type), .text(payload), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    sequence = try columns.integer()
    workspace = try columns.uuid()
    connector = try columns.optionalUUID()
    integration = try columns.optionalUUID()
    integrationSequence = try columns.integer()
    customer = try columns.optionalText()
    attempt = try columns.optionalUUID()
    type = try columns.word(EventType.self)
    payload = try columns.text()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
