import Foundation
import Sealing

/// What kind of secret a credential is.
package enum CredentialKind: String, Sendable, CaseIterable {
  case oauth2
  case apiKey = "api_key"
  case basic
}

/// What wrote a version.
package enum CredentialOrigin: String, Sendable { case connect, renewal, refresh, put, rollback }

/// Whether a version was ever current. A refresh that lands after a renewal is archived, never served.
package enum CredentialState: String, Sendable { case committed, archived }

/// One immutable version of an integration's secret material.
package struct CredentialRow: TenantRow {
  package static let table = "credentials"
  package static let key = ["integration", "version"]
  package static let residue = Residue.sealedValue
  package static let columns = [
    "integration", "version", "workspace", "customer", "grant_number", "kind", "origin", "state", "scopes",
    "refreshable", "fingerprint", "lifetime", "expires_at", "created_at", "generation", "header", "payload",
  ]

  package var integration: UUID
  package var version: Int64
  package var workspace: UUID
  package var customer: String
  package var grantNumber: Int64
  package var kind: CredentialKind
  package var origin: CredentialOrigin
  package var state: CredentialState
  /// Granted, space-separated; empty when unknown.
  package var scopes: String
  /// Whether a refresh token is inside.
  package var refreshable: Bool
  /// Keyed hash of the refresh token.
  package var fingerprint: [UInt8]?
  /// Milliseconds from the request to expiry.
  package var lifetime: Int64?
  package var expiresAt: Instant?
  package var createdAt: Instant
  package var sealed: SealedValue
  package var seal = RowSeal.none

  package init(
    integration: UUID, version: Int64, workspace: UUID, customer: String, grantNumber: Int64, kind: CredentialKind,
    origin: CredentialOrigin, state: CredentialState = .committed, scopes: String, refreshable: Bool,
    fingerprint: [UInt8]? = nil, lifetime: Int64? = nil, expiresAt: Instant? = nil, createdAt: Instant,
    sealed: SealedValue
  ) {
    self.integration = integration
    self.version = version
    self.workspace = workspace
    self.customer = customer
    self.grantNumber = grantNumber
    self.kind = kind
    self.origin = origin
    self.state = state
    self.scopes = scopes
    self.refreshable = refreshable
    self.fingerprint = fingerprint
    self.lifetime = lifetime
    self.expiresAt = expiresAt
    self.createdAt = createdAt
    self.sealed = sealed
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .integer(version), .uuid(workspace), .text(customer), .integer(grantNumber), .word(kind),
      .word(origin), .word(state), .text(scopes), .integer(refreshable ? 1 : 0), .optional(fingerprint),
      .optional(lifetime), .instant(expiresAt), .instant(createdAt), .integer(Int64(sealed.generation)),
      .blob(sealed.header), .blob(sealed.payload),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    version = try columns.number()
    workspace = try columns.uuid()
    customer = try columns.text()
    grantNumber = try columns.integer()
    kind = try columns.word(CredentialKind.self)
    origin = try columns.word(CredentialOrigin.self)
    state = try columns.word(CredentialState.self)
    scopes = try columns.text()
    refreshable = try columns.flag()
    fingerprint = try columns.optionalBlob()
    lifetime = try columns.optionalInteger()
    expiresAt = try columns.optionalInstant()
    createdAt = try columns.instant()
    sealed = try columns.sealedValue()
    seal = try columns.seal()
  }
}
