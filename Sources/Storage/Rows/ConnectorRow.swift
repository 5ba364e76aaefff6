import Foundation
import Sealing

/// Whose account may repair an integration.
package enum IdentityPolicy: String, Sendable, CaseIterable {
  case sameActor = "same_actor"
  case sameTenant = "same_tenant"
  case any
}

/// When an integration's import counts as done: at once, or when the backend says so.
package enum ImportPolicy: String, Sendable, CaseIterable {
  case immediate
  case reported
}

/// A workspace's registration with a provider. Its client secret is a sealed secret of its own.
package struct ConnectorRow: TenantRow {
  package static let table = "connectors"
  package static let key = ["connector"]
  package static let columns = [
    "connector", "workspace", "slug", "provider", "client_id", "secret_version", "scopes", "identity_policy",
    "import_policy", "parameters", "created_at", "removed_at",
  ]

  package var connector: UUID
  package var workspace: UUID
  package var slug: String
  /// Slug in the catalogue.
  package var provider: String
  package var clientID: String
  /// Version of `connector/UUID/client_secret`; 0 without one.
  package var secretVersion: Int64
  /// Space-separated.
  package var scopes: String
  package var identityPolicy: IdentityPolicy
  package var importPolicy: ImportPolicy
  /// JSON object.
  package var parameters: String
  package var createdAt: Instant
  package var removedAt: Instant?
  package var seal = RowSeal.none

  package init(
    connector: UUID, workspace: UUID, slug: String, provider: String, clientID: String, secretVersion: Int64,
    scopes: String, identityPolicy: IdentityPolicy, importPolicy: ImportPolicy, parameters: String,
    createdAt: Instant, removedAt: Instant? = nil
  ) {
    self.connector = connector
    self.workspace = workspace
    self.slug = slug
    self.provider = provider
    self.clientID = clientID
    self.secretVersion = secretVersion
    self.scopes = scopes
    self.identityPolicy = identityPolicy
    self.importPolicy = importPolicy
    self.parameters = parameters
    self.createdAt = createdAt
    self.removedAt = removedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(connector), .uuid(workspace), .text(slug), .text(provider), .text(clientID), .integer(secretVersion),
      .text(scopes), .word(identityPolicy), .word(importPolicy), .text(parameters), .instant(createdAt),
      .instant(removedAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    connector = try columns.uuid()
    workspace = try columns.uuid()
    slug = try columns.text()
    provider = try columns.text()
    clientID = try columns.text()
    secretVersion = try columns.integer()
    scopes = try columns.text()
    identityPolicy = try columns.word(IdentityPolicy.self)
    importPolicy = try columns.word(ImportPolicy.self)
    parameters = try columns.text()
    createdAt = try columns.instant()
    removedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
