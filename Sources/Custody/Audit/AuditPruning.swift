import Foundation
import Sealing
import Storage

/// What was removed from the log.
package struct AuditPruning: Sendable, Equatable {
  /// The last entry that went; `nil` where nothing was old enough.
  package let through: AuditHead?
  package let entries: Int64
}

extension Custodian {
  /// Removes the whole key ranges that ended before an instant. What they said last about rows that still exist is
  /// carried over into the entry that records the pruning, so that every row can still be held against the log.
  /// - Throws: `AuditProblem` for a log that does not verify: what is wrong with it must not be pruned away.
  package func pruneAudit(before instant: Instant, by actor: Actor, isRehearsal: Bool = false) async throws -> AuditPruning {
    let pruning = try view { view in
      if let problem = try verifyAudit(in: view.tx).problem { throw problem }
      return try view.pruning(before: instant)
    }
    guard !isRehearsal, let through = pruning.through else { return pruning }
    return try await amend { change in
      guard try change.isStillThere(pruning) else { throw CustodyError.superseded }
      try change.carryOver(through: through.sequence)
      try change.setHorizon(through)
      try change.everyWrite.pruneAudit(through: through.sequence)
      try change.record(
        AuditEntry(
          AuditVerifier.pruneAction, "audit/\(through.sequence)", workspace: nil, by: actor,
          detail: ["through": through.text, "entries": String(pruning.entries)]))
      return pruning
    }
  }
}

extension CustodyView {
  fileprivate func pruning(before instant: Instant) throws -> AuditPruning {
    let start = try keys.horizon(in: tx)?.sequence ?? 0
    // The last entry stays: the chain goes on from it.
    let oldest = min(try tx.lastAuditEntry(before: instant) ?? 0, (try tx.auditHead()?.sequence ?? 0) - 1)
    let ends = try rows(AuditKeyRow.self).map { $0.firstSequence - 1 }
    guard let last = ends.last(where: { $0 <= oldest && $0 > start }),
      let row = try tx.row(AuditRow.self, .integer(last))
    else { return AuditPruning(through: nil, entries: 0) }
    return AuditPruning(through: AuditHead(row), entries: last - start)
  }

  /// Whether what was proven is what would go now.
  fileprivate func isStillThere(_ pruning: AuditPruning) throws -> Bool {
    guard let through = pruning.through else { return false }
    let start = try keys.horizon(in: tx)?.sequence ?? 0
    return try tx.row(AuditRow.self, .integer(through.sequence))?.hash == through.hash
      && through.sequence - start == pruning.entries
  }
}

extension CustodyChange {
  fileprivate func setHorizon(_ head: AuditHead) throws {
    let row = keys.sealed(AuditHorizonRow(through: head.sequence, hash: head.hash))
    let isNew = try tx.row(AuditHorizonRow.self, .integer(1)) == nil
    try isNew ? everyWrite.insert(row) : everyWrite.update(row)
    try requireStored(row)
  }

  fileprivate func carryOver(through sequence: Int64) throws {
    for change in try tx.standingChanges(through: sequence) {
      try keys.requireVaultMAC(change)
      note(RowChange(table: change.rowTable, key: change.rowKey, workspace: nil, digest: change.digest))
    }
  }
}
