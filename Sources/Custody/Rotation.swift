import Foundation
import Sealing
import Storage

/// Rotating a workspace key: prepare, promote, rewrap in pages, verify; later retire and destroy.
///
/// Online, resumable, and reversible until the old generation is retired: each step is one transaction, and a crash
/// continues from the cursor. The plaintext of a credential is not in memory; only data keys move. The exception is a
/// rotation away from keys that are known to others, which draws new data keys.
extension Custodian {
  /// Rotates, or goes on with a rotation that was interrupted, until every row is proven to be under the new
  /// generation or somebody pauses it.
  /// - Parameter progress: called after each page.
  /// - Throws: `refused` while the rotation is paused.
  package func rotate(
    workspace: UUID, _ aim: RotationAim = .next, by actor: Actor, pages: PageSize = PageSize(),
    progress: @Sendable (RotationProgress) -> Void = { _ in }
  ) async throws -> RotationProgress {
    try await begin(aim, workspace: workspace, by: actor)
    return try await carryOn(workspace, by: actor, pages: pages, progress: progress)
  }

  /// Stops the rotation, in whichever process it runs, at its next page; it stays stopped until `resumeRotation`.
  package func pauseRotation(workspace: UUID, by actor: Actor) async throws {
    try await amend { change in
      guard var rotation = try change.rotation(workspace), rotation.isActive else {
        throw CustodyError.refused("no rotation is under way")
      }
      guard rotation.pausedAt == nil else { throw CustodyError.refused("the rotation is paused already") }
      rotation.pausedAt = change.now
      try change.put(rotation)
      try change.record(keyEntry("key.pause", workspace, rotation.toGeneration, by: actor))
    }
  }

  /// Goes on with a paused rotation, to the end.
  package func resumeRotation(
    workspace: UUID, by actor: Actor, pages: PageSize = PageSize(),
    progress: @Sendable (RotationProgress) -> Void = { _ in }
  ) async throws -> RotationProgress {
    try await amend { change in
      guard var rotation = try change.rotation(workspace), rotation.pausedAt != nil else {
        throw CustodyError.refused("no rotation is paused")
      }
      rotation.restart(at: change.now)
      try change.put(rotation)
      try change.record(keyEntry("key.resume", workspace, rotation.toGeneration, by: actor))
    }
    return try await carryOn(workspace, by: actor, pages: pages, progress: progress)
  }

  /// How far the last rotation has come; `nil` before the first.
  package func rotationProgress(workspace: UUID) throws -> RotationProgress? {
    try view { view in try view.rotation(workspace).map { try view.progress(of: $0) } }
  }

  private func carryOn(
    _ workspace: UUID, by actor: Actor, pages: PageSize, progress: @Sendable (RotationProgress) -> Void
  ) async throws -> RotationProgress {
    var pages = pages
    var failedAt: Int64?
    while let rotation = try view({ try $0.rotation(workspace) }), rotation.isActive, rotation.pausedAt == nil {
      switch rotation.state {
      case .rewrapping: try await rewrap(workspace, pages: &pages, by: actor, progress: progress)
      case .verifying: failedAt = try await prove(workspace, failedAt: failedAt, by: actor)
      case .verified, .retired: break
      }
    }
    guard let end = try rotationProgress(workspace: workspace) else { throw CustodyError.notFound }
    return end
  }

  /// One pass over every table. While a page is being written, the next one is sealed on the other cores.
  private func rewrap(
    _ workspace: UUID, pages: inout PageSize, by actor: Actor, progress: @Sendable (RotationProgress) -> Void
  ) async throws {
    var left = try rotationProgress(workspace: workspace)?.left ?? 0
    var ahead: RewrapPage?
    while let rotation = try view({ try $0.rotation(workspace) }), rotation.awaitsPage {
      let fresh = ahead?.place == rotation.place ? ahead : nil
      let page =
        if let fresh { fresh } else { try await page(of: workspace, at: rotation.place, limit: pages.rows) }
      async let following = self.page(of: workspace, at: page.next, limit: pages.rows)
      let written = try await write(page, workspace: workspace, by: actor)
      pages.adapt(toLockHeld: written.lockHeld)
      ahead = written.progress == nil ? nil : try await following
      if let row = written.progress {
        left = max(0, left - written.moved)
        progress(
          RotationProgress(row, left: left, quarantined: written.quarantined, lockHeld: written.lockHeld))
      }
    }
  }
}

func keyEntry(
  _ action: String, _ workspace: UUID, _ generation: UInt32, by actor: Actor, detail: [String: String] = [:]
) -> AuditEntry {
  AuditEntry(
    action, "workspace/\(workspace.text)/generation/\(generation)", workspace: workspace, by: actor, detail: detail)
}
