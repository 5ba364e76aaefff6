import Foundation
import Sealing

/// What an access key may do; each includes the ones before it.
package enum AccessRole: String, Sendable, CaseIterable, Comparable {
  case read, use, write, admin

  package static func < (a: AccessRole, b: AccessRole) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }
}

/// A backend's key to the HTTP API: only its hash is kept.
package struct AccessKeyRow: TenantRow {
  package static let table = "access_keys"
  package static let key = ["prefix"]
  package static let columns = [
    "prefix", "workspace", "role", "hash", "created_at", "revoked_at", "disabled_at",
  ]

  package var prefix: String
  package var workspace: UUID
  package var role: AccessRole
  /// SHA-256 of the whole key, which has 256 random bits.
  package var hash: [UInt8]
  package var createdAt: Instant
  package var revokedAt: Instant?
  /// Set by a restore, until somebody confirms the key.
  package var disabledAt: Instant?
  package var seal = RowSeal.none

  package var isUsable: Bool { revokedAt == nil && disabledAt == nil }

  package init(
    prefix: String, workspace: UUID, role: AccessRole, hash: [UInt8], createdAt: Instant, revokedAt: Instant? = nil,
    disabledAt: Instant? = nil
  ) {
    self.prefix = prefix
    self.workspace = workspace
    self.role = role
    self.hash = hash
    self.createdAt = createdAt
    self.revokedAt = revokedAt
    self.disabledAt = disabledAt
  }

  package var values: [ColumnValue] {
    [
      .text(prefix), .uuid(workspace), .word(role), .blob(hash), .instant(createdAt), .instant(revokedAt),
      .instant(disabledAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    prefix = try columns.text()
    workspace = try columns.uuid()
    role = try columns.word(AccessRole.self)
    hash = try columns.blob()
    createdAt = try columns.instant()
    revokedAt = try columns.optionalInstant()
    disabledAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
