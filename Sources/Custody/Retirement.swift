import Foundation
import Storage

/// The end of a generation.
extension Custodian {
  /// Disables a generation that nothing is left under; counted in the transaction that does it. Its keys
  /// are kept, unused, until `destroy`.
  package func retire(_ generation: UInt32, workspace: UUID, by actor: Actor) async throws {
    let keys = keys
    try await amend { change in
      let ring = try keys.ring(workspace, in: change.tx)
      guard ring.states[generation] == .decryptOnly else {
        throw CustodyError.refused(
          "generation \(generation) is \(ring.states[generation]?.rawValue ?? "unknown"); only a decrypt-only one is retired")
      }
      let left = try change.tx.stragglers(workspace: workspace, below: generation + 1)
      guard left == 0 else {
        throw CustodyError.refused(
          "\(left) rows are still under generation \(generation) or older; run `reseal key rotate` or `reseal verify`")
      }
      let quarantined = try change.row(RotationRow.self, .uuid(workspace))?.quarantined ?? 0
      guard quarantined == 0 else {
        throw CustodyError.refused(
          "the last rotation left \(quarantined) damaged rows in place; `reseal verify` names them, and a rotation without any is needed")
      }
      try change.setStates(ring.states.merging([generation: .disabled]) { $1 }, workspace: workspace, ring: ring)
      try change.record(keyEntry("key.retire", workspace, generation, by: actor))
    }
  }

  /// Destroys the secret half of a retired generation. What is sealed to it in old copies stays shut for whoever has
  /// only this vault.
  package func destroy(_ generation: UInt32, workspace: UUID, by actor: Actor) async throws {
    let keys = keys
    try await amend { change in
      let ring = try keys.ring(workspace, in: change.tx)
      guard ring.states[generation] == .disabled else {
        throw CustodyError.refused(
          "generation \(generation) is \(ring.states[generation]?.rawValue ?? "unknown"); retire it first")
      }
      guard var row = try change.row(WorkspaceKeyRow.self, .uuid(workspace), .integer(Int64(generation))) else {
        throw CustodyError.notFound
      }
      row.wrapped = nil
      try change.update(row)
      try change.setStates(ring.states.merging([generation: .destroyed]) { $1 }, workspace: workspace, ring: ring)
      try change.record(keyEntry("key.destroy", workspace, generation, by: actor))
    }
  }
}
