import Foundation
import Sealing

/// A tenant of the vault.
package struct WorkspaceRow: VaultLevelRow {
  package static let table = "workspaces"
  package static let key = ["workspace"]
  package static let columns = [
    "workspace", "name", "origins", "policy", "created_at",
  ]

  package var workspace: UUID
  package var name: String
  /// JSON array of allowed origins; none allows none.
  package var origins: String
  /// JSON object.
  package var policy: String
  package var createdAt: Instant
  package var seal = RowSeal.none

  package init(
    workspace: UUID, name: String, origins: String, policy: String, createdAt: Instant
  ) {
    self.workspace = workspace
    self.name = name
    self.origins = origins
    self.policy = policy
    self.createdAt = createdAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(workspace), .text(name), .text(origins), .text(policy), .instant(createdAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    name = try columns.text()
    origins = try columns.text()
    policy = try columns.text()
    createdAt = try columns.instant()
    seal = try columns.seal()
  }
}
