import Foundation
import Sealing
import Storage

/// Where a rotation goes.
package enum RotationAim: Sendable, Equatable {
  /// To a new generation; or on with what is under way.
  case next
  /// Back to a generation that still opens: what undoes a promotion.
  case back(to: UInt32)
  /// To a new generation, away from keys that others hold.
  case compromised
}

/// The first steps of a rotation: prepare and promote, each a transaction of its own.
extension Custodian {
  func begin(_ aim: RotationAim, workspace: UUID, by actor: Actor) async throws {
    if try await isJoining(aim, workspace: workspace) { return }
    if case .back = aim {} else { try await prepare(aim, workspace: workspace, by: actor) }
    try await promote(aim, workspace: workspace, by: actor)
  }

  /// Whether what was asked for is under way already, perhaps begun by another process: then there is nothing to begin.
  private func isJoining(_ aim: RotationAim, workspace: UUID) async throws -> Bool {
    return try await amend { change in
      let ring = try change.ring(workspace)
      if aim == .next, ring.compromise == .rotationNeeded {
        throw CustodyError.refused("the key is known to others: reseal key rotate --compromised")
      }
      guard var rotation = try change.rotation(workspace), rotation.isActive else { return false }
      guard rotation.pausedAt == nil else {
        throw CustodyError.refused("the rotation is paused; reseal key resume goes on with it")
      }
      guard rotation.serves(aim, in: ring) else { return false }
      rotation.restart(at: change.now)
      try change.put(rotation)
      return true
    }
  }

  /// Adds the next generation as *pending*, after it has sealed and opened a test value.
  private func prepare(_ aim: RotationAim, workspace: UUID, by actor: Actor) async throws {
    let keys = keys
    try await amend { change in
      let ring = try change.ring(workspace)
      let pending = ring.states.numbers.filter { ring.states[$0] == .pending }
      // What was prepared while others could read along is not to be trusted either.
      if aim == .compromised {
        for number in pending { try change.wipeKeys(of: number, workspace: workspace) }
      } else if !pending.isEmpty {
        return
      }
      let next = KeyGeneration.generate(ring.states.numbers.last! + 1)
      try next.requireOpensItsOwn(workspace: workspace, vault: keys.vault)
      try change.insert(
        next.row(under: keys.root(in: change.tx), vault: keys.vault, workspace: workspace, now: change.now))
      var states = Dictionary(uniqueKeysWithValues: pending.map { ($0, GenerationState.destroyed) })
      states[next.number] = .pending
      try change.put(try ring.states.with(states), of: workspace, after: ring)
      try change.record(keyEntry("key.prepare", workspace, next.number, by: actor))
    }
  }

  /// Makes the aim primary; the old generation goes on opening. From here on, new values use the new one.
  private func promote(_ aim: RotationAim, workspace: UUID, by actor: Actor) async throws {
    try await amend { change in
      let ring = try change.ring(workspace)
      let (old, next) = (ring.states.primary, try ring.target(of: aim))
      let tainted = aim == .compromised ? next - 1 : ring.taintedThrough
      try change.put(
        try ring.states.with([old: .decryptOnly, next: .primary]), of: workspace, after: ring, taintedThrough: tainted)
      try change.put(
        RotationRow(
          workspace: workspace, fromGeneration: old, toGeneration: next, state: .rewrapping, startedAt: change.now))
      let detail = aim == .compromised ? ["tainted_through": String(next - 1)] : [:]
      try change.record(keyEntry("key.promote", workspace, next, by: actor, detail: detail))
    }
  }
}

extension RotationRow {
  /// Whether finishing this rotation is what `aim` asks for.
  fileprivate func serves(_ aim: RotationAim, in ring: KeyRing) -> Bool {
    switch aim {
    case .next: true
    case .back(let number): toGeneration == number
    case .compromised: ring.isTainted(fromGeneration) && !ring.isTainted(toGeneration)
    }
  }
}

extension KeyRing {
  fileprivate func target(of aim: RotationAim) throws(CustodyError) -> UInt32 {
    guard case .back(let number) = aim else {
      guard let pending = states.numbers.last(where: { states[$0] == .pending }) else { throw .superseded }
      return pending
    }
    guard states[number] == .decryptOnly else {
      throw .refused("generation \(number) is \(states[number]?.rawValue ?? "unknown"); only a decrypt-only one can be gone back to")
    }
    guard !isTainted(number) else { throw .refused("generation \(number) is known to others: nothing goes back to it") }
    return number
  }
}

extension KeyGeneration {
  fileprivate func requireOpensItsOwn(workspace: UUID, vault: String) throws {
    let context = Context.named("rotation/test", version: 1, workspace: workspace.text, vault: vault)
    let probe = Secret.random(32)
    guard try open(seal(probe, in: context, createdAt: 0), in: context).equals(probe) else {
      throw CustodyError.refused("the new generation did not open what it had sealed; nothing was changed")
    }
  }
}

extension CustodyChange {
  /// Writes the ring that follows `ring`.
  func put(
    _ states: GenerationStates, of workspace: UUID, after ring: KeyRing, taintedThrough: UInt32? = nil
  ) throws {
    try put(
      KeyRingRow(
        workspace: workspace, epoch: ring.epoch + 1, generations: states.text,
        taintedThrough: taintedThrough ?? ring.taintedThrough), isNew: false)
  }

  /// Destroys the secret half of a generation.
  func wipeKeys(of generation: UInt32, workspace: UUID) throws {
    guard var row = try row(WorkspaceKeyRow.self, .uuid(workspace), .integer(Int64(generation))) else {
      throw CustodyError.notFound
    }
    row.wrapped = nil
    try update(row)
  }
}
