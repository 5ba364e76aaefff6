import Foundation
import Sealing

/// Any sealed value that is not a credential: client secrets, PKCE verifiers, landed replies.
package struct SealedSecretRow: TenantRow {
  package static let table = "sealed_secrets"
  package static let key = ["workspace", "name", "version"]
  package static let residue = Residue.sealedValue
  package static let columns = [
    "workspace", "name", "version", "customer", "integration", "created_at", "generation", "header", "payload",
  ]

  package var workspace: UUID
  /// `connector/UUID/client_secret`, `attempt/UUID/pkce`, `attempt/UUID/landed`,
  /// `refresh/UUID/FENCE/landed`, `revocation/UUID/tokens`.
  package var name: String
  package var version: Int64
  /// Empty unless the value belongs to an integration.
  package var customer: String
  package var integration: String
  package var createdAt: Instant
  package var sealed: SealedValue
  package var seal = RowSeal.none

  package init(
    workspace: UUID, name: String, version: Int64 = 1, customer: String = "", integration: String = "",
    createdAt: Instant, sealed: SealedValue
  ) {
    self.workspace = workspace
    self.name = name
    self.version = version
    self.customer = customer
    self.integration = integration
    self.createdAt = createdAt
    self.sealed = sealed
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .text(name), .integer(version), .text(customer), .text(integration), .instant(createdAt),
      .integer(Int64(sealed.generation)), .blob(sealed.header), .blob(sealed.payload),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    name = try columns.text()
    version = try columns.number()
    customer = try columns.text()
    integration = try columns.text()
    createdAt = try columns.instant()
    sealed = try columns.sealedValue()
    seal = try columns.seal()
  }
}
