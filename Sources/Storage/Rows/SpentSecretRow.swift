import Foundation
import Sealing

/// The `jti` of a connect secret that completed an attempt.
package struct SpentSecretRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "spent_secrets"
  package static let key = ["workspace", "jti"]
  package static let columns = [
    "workspace", "jti", "spent_at",
  ]

  package var workspace: UUID
  package var jti: String
  package var spentAt: Instant
  package var seal = RowSeal.none

  package init(
    workspace: UUID, jti: String, spentAt: Instant
  ) {
    self.workspace = workspace
    self.jti = jti
    self.spentAt = spentAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .text(jti), .instant(spentAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    jti = try columns.text()
    spentAt = try columns.instant()
    seal = try columns.seal()
  }
}
