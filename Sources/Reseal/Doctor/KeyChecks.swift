import Custody
import Storage

/// Workspace keys: rotations that have not ended, rows that nobody vouches for, keys that others know.
extension Doctor {
  func keys(_ view: CustodyView) throws -> [Finding] {
    try [rotations(view), quarantine(view)]
  }

  func compromises() throws -> [Finding] {
    try custodian.view { try $0.workspaces() }.map(compromise)
  }

  private func rotations(_ view: CustodyView) throws -> Finding {
    let open = try view.unauthenticated.rows(RotationRow.self, matching: ["ended_at": .null], limit: 1000)
    if let paused = open.first(where: { $0.pausedAt != nil }) {
      return .warn("rotations", "that of workspace \(paused.workspace.text) is paused", "reseal key resume --workspace \(paused.workspace.text)")
    }
    guard let first = open.first else { return .ok("rotations", "none is unfinished") }
    return .warn("rotations", "\(open.count) unfinished", "reseal key status --workspace \(first.workspace.text)")
  }

  private func quarantine(_ view: CustodyView) throws -> Finding {
    let rows = try view.unauthenticated.rows(QuarantineRow.self, limit: 1000).filter { $0.abandonedAt == nil }
    guard let first = rows.first else { return .ok("quarantine", "empty") }
    return .fail("quarantine", "\(rows.count) rows do not verify", "reseal key status --workspace \(first.workspace.text), then docs/operation.md")
  }

  private func compromise(_ workspace: WorkspaceRow) throws -> Finding {
    switch try custodian.compromise(of: workspace.workspace) {
    case .none: .ok("workspace keys", "those of \(workspace.name) are not known to be in other hands")
    case .underWay: .warn("workspace keys", "\(workspace.name) is moving away from keys that others hold", "reseal key status")
    case .rotationNeeded:
      .fail("workspace keys", "\(workspace.name) still seals to a key that others hold", "reseal key rotate --compromised")
    }
  }
}
