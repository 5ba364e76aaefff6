import Custody
import Foundation

/// Workspace keys by generation: an operator's view of rotation.
package struct WorkspaceKeys: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  package func generations(of workspace: UUID) throws -> [(number: UInt32, state: GenerationState)] {
    try custodian.generations(workspace: workspace)
  }

  /// Rotates while the vault is in use, or goes on with a rotation that was interrupted.
  package func rotate(
    _ workspace: UUID, by actor: Actor, progress: @Sendable (RotationProgress) -> Void
  ) async throws -> RotationProgress {
    try await custodian.rotate(workspace: workspace, by: actor, progress: progress)
  }

  /// How far the last rotation has come; `nil` before the first.
  package func progress(of workspace: UUID) throws -> RotationProgress? {
    try custodian.rotationProgress(workspace: workspace)
  }

  package func retire(_ generation: UInt32, of workspace: UUID, by actor: Actor) async throws {
    try await custodian.retire(generation, workspace: workspace, by: actor)
  }

  package func destroy(_ generation: UInt32, of workspace: UUID, by actor: Actor) async throws {
    try await custodian.destroy(generation, workspace: workspace, by: actor)
  }
}
