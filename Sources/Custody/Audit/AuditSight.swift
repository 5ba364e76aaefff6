import Sealing
import Storage

/// The log as a process sees it in one transaction: where it ends, and how far it was pruned. What the same process sees
/// later must go on from there.
struct AuditSight: Sendable {
  let head: AuditHead
  /// The last entry that was pruned; 0 where nothing was.
  let horizon: Int64
}

extension AuditSight {
  /// Looks at the end of the log.
  /// - Parameters:
  ///   - known: what this process saw last.
  ///   - key: today's audit key, proven.
  /// - Throws: `integrity` where the log no longer holds what is known, or ends with what its keys did not sign.
  init(of tx: ReadTransaction, after known: AuditSight?, under key: AuditKeyRow, keys: VaultKeys) throws {
    horizon = try keys.horizon(in: tx)?.sequence ?? 0
    guard horizon >= known?.horizon ?? 0 else { throw damaged(AuditHorizonRow.table, 1) }
    guard let last = try tx.auditHead() else {
      guard known == nil, horizon == 0, key.firstSequence == 1 else { throw damaged(AuditRow.table, 1) }
      head = AuditHead(sequence: 0, hash: AuditChain.origin(vault: keys.vault))
      return
    }
    guard last.sequence > horizon, Self.isInRange(last, of: key) else { throw damaged(AuditRow.table, last.sequence) }
    head = AuditHead(last)
    if last.sequence != known?.head.sequence { try Self.requireSigned(last, in: tx, keys: keys) }
    if let known = known?.head, known.sequence > horizon {
      let held = known.sequence == last.sequence ? last : try tx.row(AuditRow.self, .integer(known.sequence))
      guard held?.hash == known.hash else { throw damaged(AuditRow.table, known.sequence) }
    }
  }

  /// Whether the last entry stands where today's key goes on: in its range, or where the key before it handed over.
  private static func isInRange(_ last: AuditRow, of key: AuditKeyRow) -> Bool {
    let number = last.sequence < key.firstSequence ? key.number - 1 : key.number
    return AuditHead.sequences.contains(last.sequence) && last.sequence >= key.firstSequence - 1
      && last.keyNumber == number
  }

  private static func requireSigned(_ last: AuditRow, in tx: ReadTransaction, keys: VaultKeys) throws {
    guard let row = try tx.row(AuditKeyRow.self, .integer(last.keyNumber)) else {
      throw damaged(AuditKeyRow.table, last.keyNumber)
    }
    try keys.requireVaultMAC(row)
    let message = AuditChain.head(vault: keys.vault, sequence: last.sequence, hash: last.hash)
    guard let signature = last.signature, let signer = try? VerifyingKey(row.publicKey),
      signer.verifies(signature, of: message)
    else { throw damaged(AuditRow.table, last.sequence) }
  }
}

extension VaultKeys {
  /// The last entry that was pruned, proven by its MAC; `nil` where nothing was. Who writes or prunes asks here: a horizon
  /// of somebody's own making would hide what he took away.
  func horizon(in tx: ReadTransaction) throws -> AuditHead? {
    guard let row = try tx.row(AuditHorizonRow.self, .integer(1)) else { return nil }
    try requireVaultMAC(row)
    return AuditHead(sequence: row.through, hash: row.hash)
  }
}

/// The error for a part of the log that is not what was written.
func damaged(_ table: String, _ key: Int64) -> CustodyError { .integrity(table: table, key: String(key)) }
