import Foundation
import Sealing
import Storage
import Synchronization

/// Writes the audit log: the entries of a transaction are chained and signed where it ends, inside `BEGIN IMMEDIATE`.
///
/// It remembers the newest sight of the log that was committed; a log that does not go on from there was cut or rewritten
/// behind our back, and nothing more is written then.
final class AuditLog: Sendable {
  private let keys: VaultKeys
  private let seen = Mutex<AuditSight?>(nil)
  private let signer = Mutex<(number: Int64, key: SigningKey)?>(nil)

  init(keys: VaultKeys) { self.keys = keys }

  /// Appends what a transaction has to say. The changes stand with its last entry.
  /// - Parameter isLastOfKey: whether today's key hands over to the next one, worn out or not.
  /// - Returns: the new sight, for `committed`; `nil` where there is nothing to say.
  func append(
    _ entries: [AuditEntry], _ changes: [RowChange], isLastOfKey: Bool = false, in tx: WriteTransaction, at now: Instant
  ) throws -> AuditSight? {
    var entries = entries
    if entries.isEmpty, let change = changes.first { entries = [change.entry] }
    guard !entries.isEmpty else { return nil }
    guard let row = try tx.currentAuditKey() else { throw damaged(AuditKeyRow.table, 1) }
    try keys.requireVaultMAC(row)
    let key = try signingKey(row, in: tx)
    let sight = try AuditSight(of: tx, after: seen.withLock { $0 }, under: row, keys: keys)
    var writer = AuditWriter(head: sight.head, key: row, now: now, keys: keys)
    for entry in entries.dropLast() { try writer.write(entry, to: tx) }
    try writer.write(entries.last!, changes, signedBy: key, to: tx)
    if isLastOfKey || row.isWornOut(at: writer.head.sequence, now) { try evolve(&writer, from: key, row, in: tx) }
    return AuditSight(head: writer.head, horizon: sight.horizon)
  }

  /// To be called once the transaction stands.
  func committed(_ sight: AuditSight) {
    seen.withLock { if ($0?.head.sequence ?? 0) < sight.head.sequence { $0 = sight } }
  }

  private func signingKey(_ row: AuditKeyRow, in tx: ReadTransaction) throws -> SigningKey {
    if let cached = signer.withLock({ $0 }), cached.number == row.number, cached.key.publicKey.bytes == row.publicKey {
      return cached.key
    }
    let root = try keys.root(in: tx)
    do {
      let key = try SigningKey.unwrap(
        row.wrapped ?? [], number: UInt64(row.number), publicKey: VerifyingKey(row.publicKey), under: root,
        vault: keys.vault)
      signer.withLock { $0 = (row.number, key) }
      return key
    } catch {
      throw damaged(AuditKeyRow.table, row.number)
    }
  }

  /// Hands over to the next key: the old one names it and vouches for it, then its secret half is overwritten.
  private func evolve(
    _ writer: inout AuditWriter, from old: SigningKey, _ row: AuditKeyRow, in tx: WriteTransaction
  ) throws {
    let next = SigningKey.generate()
    let number = row.number + 1
    let first = writer.head.sequence + 2
    let entry = AuditEntry(
      "audit.key", "audit_keys/\(number)", workspace: nil, by: .vault,
      detail: ["public_key": Hex.encode(next.publicKey.bytes), "first_sequence": String(first)])
    try writer.write(entry, [], signedBy: old, to: tx)
    let message = AuditChain.succession(
      vault: keys.vault, number: UInt64(number), firstSequence: first, key: next.publicKey)
    try tx.insert(
      keys.sealed(
        AuditKeyRow(
          number: number, firstSequence: first, publicKey: next.publicKey.bytes, endorsement: old.sign(message),
          wrapped: next.wrapped(number: UInt64(number), under: keys.root(in: tx), vault: keys.vault),
          createdAt: writer.now)))
    var spent = row
    spent.wrapped = nil
    try tx.update(keys.sealed(spent))
  }
}

extension AuditKeyRow {
  /// A key signs 1,024 entries, or for ten minutes.
  fileprivate func isWornOut(at sequence: Int64, _ now: Instant) -> Bool {
    sequence - firstSequence >= 1023 || now - createdAt >= .seconds(600)
  }

  /// The key that signs from the first entry on.
  static func first(_ key: SigningKey, under root: RootKey, keys: VaultKeys, at now: Instant) -> AuditKeyRow {
    keys.sealed(
      AuditKeyRow(
        number: 1, firstSequence: 1, publicKey: key.publicKey.bytes, endorsement: nil,
        wrapped: key.wrapped(number: 1, under: root, vault: keys.vault), createdAt: now))
  }
}

/// Puts entries behind a head, one after the other.
private struct AuditWriter {
  private(set) var head: AuditHead
  let key: AuditKeyRow
  let now: Instant
  let keys: VaultKeys

  mutating func write(
    _ entry: AuditEntry, _ changes: [RowChange] = [], signedBy signer: SigningKey? = nil, to tx: WriteTransaction
  ) throws {
    let sequence = head.sequence + 1
    var row = AuditRow(
      sequence: sequence, at: now, workspace: entry.workspace, actor: entry.actor.name, action: entry.action,
      subject: entry.subject, detail: CanonicalJSON.text(entry.detail), keyNumber: key.number)
    let changes = changes.enumerated().map { index, change in
      AuditChangeRow(
        sequence: sequence, position: Int64(index), rowTable: change.table, rowKey: change.key, digest: change.digest)
    }
    row.hash = AuditChain.hash(row.encoded(with: changes), after: head.hash)
    head = AuditHead(row)
    row.signature = signer?.sign(AuditChain.head(vault: keys.vault, sequence: sequence, hash: row.hash))
    do {
      try tx.insert(row)
      for change in changes { try tx.insert(keys.sealed(change)) }
    } catch StorageError.conflict(let table) {
      // What should be free is taken: entries before it are gone.
      throw CustodyError.integrity(table: table, key: String(sequence))
    }
  }
}
