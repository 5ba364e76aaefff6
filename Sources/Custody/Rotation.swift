import Foundation
import Sealing
import Storage

/// How far the rotation of a workspace key has come.
package struct RotationProgress: Sendable, Equatable {
  package let from: UInt32
  package let to: UInt32
  package let state: RotationState
  /// Rows moved, and rows still under an older generation.
  package let done: Int
  package let left: Int
  /// Rows that did not open: left in place, reported, and in the way of `retire`.
  package let quarantined: Int
}

/// Rotating a workspace key: prepare, promote, rewrap in pages, verify; later retire and destroy.
///
/// Online and resumable: each step is one transaction, and a crash continues from the cursor. The plaintext of a
/// credential is never in memory; only data keys move.
extension Custodian {
  /// Rotates, or goes on with a rotation that was interrupted, until everything is under the new generation.
  package func rotate(
    workspace: UUID, by actor: Actor, progress: @Sendable (RotationProgress) -> Void = { _ in }
  ) async throws -> RotationProgress {
    if try rotation(workspace)?.state != .rewrapping {
      try await prepare(workspace: workspace, by: actor)
      try await promote(workspace: workspace, by: actor)
    }
    while try await rewrapPage(workspace: workspace, by: actor) {
      if let now = try rotationProgress(workspace: workspace) { progress(now) }
    }
    guard let end = try rotationProgress(workspace: workspace) else { throw CustodyError.notFound }
    return end
  }

  package func rotationProgress(workspace: UUID) throws -> RotationProgress? {
    try view { view in
      guard let row = try view.row(RotationRow.self, .uuid(workspace)) else { return nil }
      return RotationProgress(
        from: row.fromGeneration, to: row.toGeneration, state: row.state, done: Int(row.rowsDone),
        left: try view.tx.stragglers(workspace: workspace, below: row.toGeneration), quarantined: Int(row.quarantined))
    }
  }

  /// The generations of a workspace with their states, ascending.
  package func generations(workspace: UUID) throws -> [(number: UInt32, state: GenerationState)] {
    try store.read { tx in
      try keys.ring(workspace, in: tx).states.sorted { $0.key < $1.key }.map { (number: $0.key, state: $0.value) }
    }
  }

  private func rotation(_ workspace: UUID) throws -> RotationRow? {
    try view { try $0.row(RotationRow.self, .uuid(workspace)) }
  }

  /// Adds generation g+1 as *pending*, after it has sealed and opened a test value.
  private func prepare(workspace: UUID, by actor: Actor) async throws {
    let keys = keys
    try await amend { change in
      let ring = try keys.ring(workspace, in: change.tx)
      guard try !change.isRewrapping(workspace), !ring.states.values.contains(.pending) else { return }
      let next = KeyGeneration.generate(ring.states.keys.max()! + 1)
      let context = Context.named("rotation/test", version: 1, workspace: workspace.text, vault: keys.vault)
      let probe = Secret.random(32)
      guard try next.open(next.seal(probe, in: context, createdAt: 0), in: context).equals(probe) else {
        throw CustodyError.refused("the new generation did not open what it had sealed; nothing was changed")
      }
      try change.insert(next.row(keys: keys, workspace: workspace, now: change.now))
      try change.setStates(ring.states.merging([next.number: .pending]) { $1 }, workspace: workspace, ring: ring)
      try change.record(keyEntry("key.prepare", workspace, next.number, by: actor))
    }
  }

  /// Makes the pending generation primary; the old one goes on opening. From here on, new values use the new one.
  private func promote(workspace: UUID, by actor: Actor) async throws {
    let keys = keys
    try await amend { change in
      if try change.isRewrapping(workspace) { return }
      let ring = try keys.ring(workspace, in: change.tx)
      let old = try ring.primary().number
      guard let next = ring.states.first(where: { $0.value == .pending })?.key else {
        throw CustodyError.superseded
      }
      let row = RotationRow(
        workspace: workspace, fromGeneration: old, toGeneration: next, state: .rewrapping, startedAt: change.now)
      let states = ring.states.merging([old: .decryptOnly, next: .primary]) { $1 }
      try change.setStates(states, workspace: workspace, ring: ring)
      let isFirst = try change.row(RotationRow.self, .uuid(workspace)) == nil
      try isFirst ? change.insert(row) : change.update(row)
      try change.record(keyEntry("key.promote", workspace, next, by: actor))
    }
  }

  /// Moves one page of rows. The cursor is in the database, so a crash repeats at most a page.
  /// - Returns: whether there is more to do.
  private func rewrapPage(workspace: UUID, by actor: Actor) async throws -> Bool {
    let keys = keys
    return try await amend { change in
      guard var rotation = try change.row(RotationRow.self, .uuid(workspace)), rotation.state == .rewrapping else {
        return false
      }
      let ring = try keys.ring(workspace, in: change.tx)
      guard try ring.primary().number == rotation.toGeneration else { throw integrity(rotation) }
      guard TenantTables.all.indices.contains(Int(rotation.tableIndex)) else {
        return try change.finish(&rotation, entry: keyEntry("key.rewrapped", workspace, rotation.toGeneration, by: actor))
      }
      let table = TenantTables.all[Int(rotation.tableIndex)]
      try change.movePage(of: table, rotation: &rotation, ring: ring, by: actor)
      try change.update(rotation)
      return true
    }
  }
}

func keyEntry(_ action: String, _ workspace: UUID, _ generation: UInt32, by actor: Actor) -> AuditEntry {
  AuditEntry(action, "workspace/\(workspace.text)/generation/\(generation)", workspace: workspace, by: actor)
}

extension CustodyChange {
  func setStates(_ states: [UInt32: GenerationState], workspace: UUID, ring: KeyRing) throws {
    try put(
      KeyRingRow(workspace: workspace, epoch: ring.epoch + 1, generations: KeyRing.text(states)), isNew: false)
  }

  /// Whether a rotation is under way, perhaps in another process: then there is nothing to begin.
  fileprivate func isRewrapping(_ workspace: UUID) throws -> Bool {
    try row(RotationRow.self, .uuid(workspace))?.state == .rewrapping
  }

  fileprivate func movePage<R: TenantRow>(
    of _: R.Type, rotation: inout RotationRow, ring: KeyRing, by actor: Actor
  ) throws {
    let page = try tx.page(R.self, workspace: rotation.workspace, after: rotation.rowCursor, limit: 50)
    let primary = try ring.primary()
    for row in page.rows {
      do {
        try keys.requireMAC(row, in: ring)
        guard row.seal.generation != primary.number || row.sealedGeneration != primary.number else { continue }
        try move(row)
        rotation.rowsDone &+= 1
      } catch let CustodyError.integrity(table, key) {
        try quarantine("\(table)/\(key)", &rotation, isLeft: row.isUnder(primary.number), by: actor)
      }
    }
    for key in page.malformed { try quarantine("\(R.table)/\(key)", &rotation, isLeft: true, by: actor) }
    rotation.rowCursor = page.next ?? 0
    if page.next == nil { rotation.tableIndex += 1 }
  }

  /// Reports a row that does not verify, and leaves it where it is. Those under an older generation are counted apart,
  /// so that a damaged row elsewhere does not hide one that was forgotten.
  private func quarantine(
    _ row: String, _ rotation: inout RotationRow, isLeft: Bool, by actor: Actor
  ) throws {
    rotation.quarantined &+= 1
    if isLeft { rotation.leftBehind &+= 1 }
    try record(AuditEntry("key.quarantine", row, workspace: rotation.workspace, by: actor))
  }

  /// Counts again under this transaction; a straggler sends the job back to the first table.
  fileprivate func finish(_ rotation: inout RotationRow, entry: AuditEntry) throws -> Bool {
    let left = try tx.stragglers(workspace: rotation.workspace, below: rotation.toGeneration)
    let mustRepeat = left > rotation.leftBehind
    if mustRepeat {
      (rotation.tableIndex, rotation.rowCursor) = (0, 0)
      (rotation.quarantined, rotation.leftBehind) = (0, 0)
    } else {
      rotation.state = .verified
      rotation.endedAt = now
      try record(entry)
    }
    try update(rotation)
    return mustRepeat
  }
}

extension TenantRow {
  /// Whether any part of it is under a generation below `generation`.
  fileprivate func isUnder(_ generation: UInt32) -> Bool { min(seal.generation, sealedGeneration) < generation }

  /// The generation its sealed value is under, where it has one; else that of its MAC.
  fileprivate var sealedGeneration: UInt32 { (self as? any SealedRow)?.sealed.generation ?? seal.generation }
}

extension ReadTransaction {
  /// Rows of a workspace that are still under a generation below `generation`, in every table.
  func stragglers(workspace: UUID, below generation: UInt32) throws -> Int {
    try TenantTables.all.reduce(0) { try $0 + stragglers($1, workspace: workspace, below: generation) }
  }
}
