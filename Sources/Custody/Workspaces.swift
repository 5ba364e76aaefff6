import Foundation
import Sealing
import Storage

extension Custodian {
  /// Makes a workspace with its first key generation.
  /// - Throws: `refused` when the id is taken.
  package func createWorkspace(id: UUID, name: String, origins: [String], by actor: Actor) async throws {
    let first = KeyGeneration.generate(1)
    let keys = keys
    try await change(
      AuditEntry("workspace.create", "workspace/\(id.text)", workspace: id, by: actor)
    ) { change in
      guard try change.row(WorkspaceRow.self, .uuid(id)) == nil else {
        throw CustodyError.refused("there is a workspace \(id.text) already")
      }
      let row = WorkspaceRow(
        workspace: id, name: name, origins: CanonicalJSON.text(origins), policy: "{}", createdAt: change.now)
      try change.insert(row)
      let root = try keys.root(in: change.tx)
      try change.insert(first.row(under: root, vault: keys.vault, workspace: id, now: change.now))
      try change.put(KeyRingRow(workspace: id, epoch: 1, generations: "1:primary"), isNew: true)
    }
  }
}

extension KeyGeneration {
  func row(under root: RootKey, vault: String, workspace: UUID, now: Instant) -> WorkspaceKeyRow {
    WorkspaceKeyRow(
      workspace: workspace, generation: number, publicKey: publicKey,
      wrapped: wrapped(under: root, vault: vault, workspace: workspace.text), createdAt: now)
  }
}
