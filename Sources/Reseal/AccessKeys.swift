import Custody
import Foundation
import Sealing
import Storage

/// Who calls: the workspace and role that an access key stands for.
package struct AccessGrant: Sendable, Equatable {
  package let workspace: UUID
  package let role: AccessRole
  package let prefix: String

  package var actor: Actor { .accessKey(prefix) }
}

/// Access keys: `rsk_PREFIX_SECRET`, 8 characters in public and 256 random bits in secret; stored as a hash.
package struct AccessKeys: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  /// Makes a key.
  /// - Returns: its text, to be shown once.
  package func create(role: AccessRole, workspace: UUID, by actor: Actor) async throws -> String {
    let prefix = String(Hex.encode(RandomBytes.make(4)))
    let key = "rsk_\(prefix)_\(Base64URL.encode(RandomBytes.make(32)))"
    let entry = AuditEntry(
      "access-key.create", "access-key/\(prefix)", workspace: workspace, by: actor, detail: ["role": role.rawValue])
    try await custodian.change(entry) { change in
      _ = try change.workspace(workspace)
      try change.insert(
        AccessKeyRow(
          prefix: prefix, workspace: workspace, role: role, hash: Self.hash(key), createdAt: change.now))
    }
    return key
  }

  package func list(workspace: UUID) throws -> [AccessKeyRow] {
    try custodian.view { try $0.rows(AccessKeyRow.self, matching: ["workspace": .uuid(workspace)]) }
  }

  /// Revokes a key, for good.
  package func revoke(_ prefix: String, workspace: UUID, by actor: Actor) async throws {
    let entry = AuditEntry("access-key.revoke", "access-key/\(prefix)", workspace: workspace, by: actor)
    try await custodian.change(entry) { change in
      guard var row = try change.row(AccessKeyRow.self, .text(prefix)), row.workspace == workspace else {
        throw CustodyError.notFound
      }
      row.revokedAt = change.now
      try change.update(row)
    }
  }

  /// The grant behind a key; `nil` for an unknown, malformed or revoked one.
  package func authenticate(_ key: String) throws -> AccessGrant? {
    let parts = key.split(separator: "_", maxSplits: 2)
    guard parts.count == 3, parts[0] == "rsk", parts[1].count == 8, key.utf8.count <= 128 else { return nil }
    return try custodian.view { view in
      guard let row = try view.row(AccessKeyRow.self, .text(String(parts[1]))), row.isUsable,
        constantTimeEqual(row.hash, Self.hash(key))
      else { return nil }
      return AccessGrant(workspace: row.workspace, role: row.role, prefix: row.prefix)
    }
  }

  private static func hash(_ key: String) -> [UInt8] { Digest.sha256(Array(key.utf8)) }
}
