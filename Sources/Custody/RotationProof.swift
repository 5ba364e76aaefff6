import Foundation
import Storage

/// What one look at all rows of a workspace, under one snapshot, says about the end of a rotation.
private struct RotationProof: Sendable {
  let ring: [UInt8]
  let primary: UInt32
  /// Rows that are whole, but under another generation.
  var stragglers: Set<RowName> = []
  /// Rows that nothing vouches for.
  var faults: Set<RowName> = []
}

extension Custodian {
  /// Proves that nothing is left under another generation, and that every header opens. A straggler sends the job back
  /// to the first table, once: what a whole pass could not move is quarantined like what nothing vouches for.
  /// - Parameter failedAt: how many rows were done when this proof failed before.
  /// - Returns: the same, for the next time.
  func prove(_ workspace: UUID, failedAt: Int64?, by actor: Actor) async throws -> Int64? {
    let proof = try await offPool { [self] in try view { try $0.proof(workspace) } }
    return try await amend { change in
      guard var rotation = try change.rotation(workspace), rotation.state == .verifying, rotation.pausedAt == nil,
        try change.ring(workspace).mac == proof.ring
      else { return failedAt }
      guard rotation.toGeneration == proof.primary else { throw integrity(rotation) }
      if proof.stragglers.isEmpty || rotation.rowsDone == failedAt {
        try change.setQuarantine(proof.faults.union(proof.stragglers), foundBy: rotation, by: actor)
        (rotation.state, rotation.endedAt) = (.verified, change.now)
        try change.record(keyEntry("key.rewrapped", workspace, rotation.toGeneration, by: actor))
      } else {
        (rotation.state, rotation.place) = (.rewrapping, .start)
      }
      try change.put(rotation)
      return rotation.rowsDone
    }
  }
}

extension CustodyView {
  fileprivate func proof(_ workspace: UUID) throws -> RotationProof {
    let ring = try ring(workspace)
    let carrier = try RowCarrier(keys: keys, ring: ring)
    var (proof, place) = (RotationProof(ring: ring.mac, primary: ring.states.primary), RotationPlace.start)
    while place.tableType != nil {
      let found = try candidates(workspace, at: place, limit: 512)
      let wholes = try Cores.map(found.rows) { carrier.isWhole($0) }
      for (candidate, isWhole) in zip(found.rows, wholes) {
        if !isWhole {
          proof.faults.insert(RowName(candidate.row))
        } else if !candidate.row.isUnder(ring.states.primary) {
          proof.stragglers.insert(RowName(candidate.row))
        }
      }
      proof.faults.formUnion(found.malformed)
      place = found.next
    }
    return proof
  }
}
