import Foundation
import Sealing
import Storage

/// The end of a generation.
extension Custodian {
  /// Disables a generation that nothing is left under; counted in the transaction that does it. Its keys are kept,
  /// unused, until `destroy`, which waits for the grace.
  /// - Parameter abandoned: rows in quarantine that are given up, each by name.
  package func retire(
    _ generation: UInt32, workspace: UUID, abandoned: [RowName] = [], grace: Duration = .seconds(7 * 86_400),
    by actor: Actor
  ) async throws {
    try await amend { change in
      let ring = try change.ring(workspace)
      try ring.require(generation, [.decryptOnly], else: "only a decrypt-only one is retired")
      try change.abandon(abandoned, workspace: workspace, by: actor)
      try change.requireNothingLeft(under: generation, workspace: workspace)
      try change.put(
        try ring.states.with([generation: .disabled], graces: [generation: change.now + grace]), of: workspace,
        after: ring)
      if var rotation = try change.rotation(workspace), rotation.fromGeneration == generation {
        rotation.state = .retired
        try change.put(rotation)
      }
      try change.record(keyEntry("key.retire", workspace, generation, by: actor))
    }
  }

  /// Takes a retirement back: the generation opens rows again. Not one that is known to others.
  package func unretire(_ generation: UInt32, workspace: UUID, by actor: Actor) async throws {
    try await amend { change in
      let ring = try change.ring(workspace)
      try ring.require(generation, [.disabled], else: "only a retired one comes back")
      guard !ring.isTainted(generation) else {
        throw CustodyError.refused("generation \(generation) is known to others: it does not come back")
      }
      try change.put(try ring.states.with([generation: .decryptOnly]), of: workspace, after: ring)
      try change.record(keyEntry("key.unretire", workspace, generation, by: actor))
    }
  }

  /// Destroys the secret half of a retired generation, or of one that was only prepared. What is sealed to it in old
  /// copies stays shut for whoever has only this vault.
  /// - Parameter isUrgent: whether to destroy it before its grace has ended.
  package func destroy(
    _ generation: UInt32, workspace: UUID, isUrgent: Bool = false, by actor: Actor
  ) async throws {
    try await amend { change in
      let ring = try change.ring(workspace)
      try ring.require(generation, [.disabled, .pending], else: "retire it first")
      if let end = ring.states.endOfGrace(generation), end > change.now, !isUrgent {
        throw CustodyError.refused(
          "generation \(generation) was retired with a grace until \(end.text); --now destroys it before that")
      }
      try change.wipeKeys(of: generation, workspace: workspace)
      try change.put(try ring.states.with([generation: .destroyed]), of: workspace, after: ring)
      try change.record(keyEntry("key.destroy", workspace, generation, by: actor))
    }
  }
}

extension KeyRing {
  fileprivate func require(
    _ generation: UInt32, _ allowed: Set<GenerationState>, else advice: String
  ) throws(CustodyError) {
    guard let state = states[generation], allowed.contains(state) else {
      throw .refused("generation \(generation) is \(states[generation]?.rawValue ?? "unknown"); \(advice)")
    }
  }
}

extension CustodyChange {
  /// - Throws: `refused`, unless the last rotation was proven and all that is left under `generation` was given up.
  fileprivate func requireNothingLeft(under generation: UInt32, workspace: UUID) throws {
    let quarantine = try quarantine(of: workspace)
    let inTheWay = quarantine.filter { $0.abandonedAt == nil }.map(\.name.text)
    guard inTheWay.isEmpty else {
      throw CustodyError.refused(
        "\(inTheWay.count) rows are in quarantine. Mend them and rotate once more, or give each up by name: "
          + inTheWay.prefix(5).map { "--abandon \($0)" }.joined(separator: " ") + (inTheWay.count > 5 ? " …" : ""))
    }
    let given = Set(quarantine.filter { $0.abandonedAt != nil }.map(\.name))
    let (left, isAll) = try rows(under: generation, workspace: workspace, besides: given)
    guard left.isEmpty else {
      throw CustodyError.refused(
        "\(isAll ? "\(left.count)" : "more than \(left.count)") rows are still under generation \(generation), \(left[0].text) for one; "
          + "run `reseal key rotate`, or `reseal verify` to see what is wrong with them")
    }
    guard try rotation(workspace)?.isActive != true else {
      throw CustodyError.refused("the rotation is not finished; run `reseal key rotate`")
    }
  }

  /// Rows that use a generation, up to a thousand of them, and whether that is all.
  private func rows(
    under generation: UInt32, workspace: UUID, besides given: Set<RowName>
  ) throws -> (names: [RowName], isAll: Bool) {
    let limit = 1000 + given.count
    var names: [RowName] = []
    for table in TenantTables.all {
      let keys = try tx.keys(table, workspace: workspace, under: generation, limit: limit)
      names += keys.map { RowName(table: table.table, key: $0) }.filter { !given.contains($0) }
    }
    return (names, names.count < 1000)
  }
}
