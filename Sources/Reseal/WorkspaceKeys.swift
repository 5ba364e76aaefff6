import Custody
import Foundation

/// Workspace keys by generation: an operator's view of rotation.
package struct WorkspaceKeys: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  package func generations(of workspace: UUID) throws -> [GenerationLine] {
    try custodian.generations(workspace: workspace)
  }

  /// Rotates while the vault is in use, or goes on with a rotation that was interrupted.
  package func rotate(
    _ workspace: UUID, _ aim: RotationAim = .next, by actor: Actor, progress: @Sendable (RotationProgress) -> Void
  ) async throws -> RotationProgress {
    try await custodian.rotate(workspace: workspace, aim, by: actor, progress: progress)
  }

  /// Stops the rotation at its next page, in whichever process it runs.
  package func pause(_ workspace: UUID, by actor: Actor) async throws {
    try await custodian.pauseRotation(workspace: workspace, by: actor)
  }

  /// Goes on with a paused rotation, to the end.
  package func resume(
    _ workspace: UUID, by actor: Actor, progress: @Sendable (RotationProgress) -> Void
  ) async throws -> RotationProgress {
    try await custodian.resumeRotation(workspace: workspace, by: actor, progress: progress)
  }

  package func status(of workspace: UUID) async throws -> KeyStatus {
    try await custodian.keyStatus(workspace: workspace)
  }

  /// Whether the workspace's keys are known to others, and what is still to be done about it.
  package func compromise(of workspace: UUID) throws -> Compromise { try custodian.compromise(of: workspace) }

  /// - Parameter abandoned: rows in quarantine that are given up, each by name.
  package func retire(
    _ generation: UInt32, of workspace: UUID, abandoned: [RowName], grace: Duration, by actor: Actor
  ) async throws {
    try await custodian.retire(generation, workspace: workspace, abandoned: abandoned, grace: grace, by: actor)
  }

  /// Takes a retirement back.
  package func unretire(_ generation: UInt32, of workspace: UUID, by actor: Actor) async throws {
    try await custodian.unretire(generation, workspace: workspace, by: actor)
  }

  /// - Parameter isUrgent: whether to destroy it before its grace has ended.
  package func destroy(
    _ generation: UInt32, of workspace: UUID, isUrgent: Bool, by actor: Actor
  ) async throws {
    try await custodian.destroy(generation, workspace: workspace, isUrgent: isUrgent, by: actor)
  }
}
