import Foundation
import Sealing

/// Whether a certificate may still sign connect secrets. A restore leaves it *disabled* until somebody confirms it.
package enum CertificateState: String, Sendable { case live, disabled, retired }

/// The public half of a workspace's RSA key.
package struct CertificateRow: TenantRow {
  package static let table = "certificates"
  package static let key = ["workspace", "kid"]
  package static let columns = [
    "workspace", "kid", "spki", "state", "created_at",
  ]

  package var workspace: UUID
  /// First 16 hex digits of SHA-256(SPKI).
  package var kid: String
  /// SubjectPublicKeyInfo, DER.
  package var spki: [UInt8]
  package var state: CertificateState
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    workspace: UUID, kid: String, spki: [UInt8], state: CertificateState, createdAt: Instant
  ) {
    self.workspace = workspace
    self.kid = kid
    self.spki = spki
    self.state = state
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .text(kid), .blob(spki), .word(state), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    kid = try columns.text()
    spki = try columns.blob()
    state = try columns.word(CertificateState.self)
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
