import Foundation
import Storage

/// A workspace's keys as an operator needs to see them.
package struct KeyStatus: Sendable {
  package let generations: [GenerationLine]
  /// The lowest generation that a row is still under; `nil` in an empty workspace.
  package let oldestInUse: UInt32?
  /// The last rotation; `nil` before the first.
  package let rotation: RotationProgress?
  package let quarantine: [QuarantineRow]
  package let compromise: Compromise
  /// What must be replaced at its provider, after a rotation away from keys that others hold.
  package let exposed: [ExposedSecret]
}

/// One generation of a workspace key.
package struct GenerationLine: Sendable, Equatable {
  package let number: UInt32
  package let state: GenerationState
  /// Until when a retired one is kept.
  package let endOfGrace: Instant?
  package let isTainted: Bool
}

extension Custodian {
  package func keyStatus(workspace: UUID) async throws -> KeyStatus {
    try await offPool { [self] in
      try view { view in
        let ring = try view.ring(workspace)
        let oldest = try TenantTables.all.compactMap { try view.tx.oldestGeneration($0, workspace: workspace) }.min()
        return KeyStatus(
          generations: ring.lines, oldestInUse: oldest,
          rotation: try view.rotation(workspace).map { try view.progress(of: $0) },
          quarantine: try view.quarantine(of: workspace), compromise: ring.compromise,
          exposed: try view.exposedSecrets(in: workspace))
      }
    }
  }

  /// The generations of a workspace with their states, ascending.
  package func generations(workspace: UUID) throws -> [GenerationLine] {
    try view { try $0.ring(workspace).lines }
  }

  /// Whether a workspace's keys are known to others, and what is still to be done about it.
  package func compromise(of workspace: UUID) throws -> Compromise {
    try view { try $0.ring(workspace).compromise }
  }
}

extension KeyRing {
  fileprivate var lines: [GenerationLine] {
    states.numbers.map {
      GenerationLine(
        number: $0, state: states[$0]!, endOfGrace: states.endOfGrace($0), isTainted: isTainted($0))
    }
  }
}
