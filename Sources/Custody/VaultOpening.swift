import Foundation
import Sealing
import Storage

/// Making a vault, and opening one.
extension Custodian {
  /// Makes a new vault: database, root key, one slot of the source's kind, and a recovery slot.
  /// - Returns: the custodian and the recovery key as text, to be shown once and kept offline.
  /// - Throws: `StorageError.exists` when there is a database already; nothing is changed then.
  package static func create(
    at path: String, rootKey source: RootKeySource, clocks: Clocks
  ) async throws -> (custodian: Custodian, recoveryKey: String) {
    if FileManager.default.fileExists(atPath: path) { throw StorageError.exists(path: path) }
    let slot = try await offPool { try NewSlot(from: source) }
    let store = try Store.create(at: path)
    let recovery = PrintedRecoveryKey.generate()
    let founding = Founding(slot: slot, recovery: recovery.key, now: clocks.now())
    try await founding.write(to: store)
    return (Custodian(store: store, keys: founding.keys, clocks: clocks, faults: .none), recovery.text)
  }

  /// Opens a vault.
  /// - Throws: `locked` for a missing or wrong key, before any row but the slots is read.
  package static func open(
    at path: String, rootKey source: RootKeySource, clocks: Clocks, sharing: Store.Sharing = .shared,
    faults: Faults = .none
  ) async throws -> Custodian {
    let store = try Store.open(at: path, sharing)
    do {
      let lock = try store.read { tx in try RootLock(in: tx) }
      let opened = try await offPool { try lock.open(with: source) }
      let keys = try VaultKeys(of: lock.vault, root: opened)
      try keys.requireVaultMAC(lock.vault)
      try store.read { tx in try RootLock(in: tx).prove(with: keys) { try tx.requireNewest($0, keys: keys) } }
      return Custodian(store: store, keys: keys, clocks: clocks, faults: faults)
    } catch {
      try? store.close()
      throw error
    }
  }

  /// The first key that signed the audit log, as text: enough to check the whole log without any secret.
  package var auditPublicKey: String {
    get throws { AuditPublicKey.text(try store.read { try vaultRow(in: $0).auditPublicKey }) }
  }

  func vaultRow(in tx: ReadTransaction) throws -> VaultRow { try keys.vaultRow(in: tx) }
}

extension VaultKeys {
  /// The keys in a vault's row, whose check value `root` has opened.
  /// - Throws: `integrity` when one of them does not open.
  fileprivate convenience init(of row: VaultRow, root: OpenedRoot) throws {
    let wraps = VaultWraps(vault: row.vault.text)
    self.init(
      vault: wraps.vault, root: root, macKey: try wraps.macKey(of: row, under: root.root),
      fingerprintKey: try wraps.fingerprintKey(of: row, under: root.root),
      layoutMinimum: UInt8(truncatingIfNeeded: row.layoutMinimum))
  }
}

/// The first rows of a vault.
private struct Founding {
  let keys: VaultKeys
  private let vault: VaultRow
  private let slots: [RootSlotRow]
  private let auditKey: AuditKeyRow

  init(slot: NewSlot, recovery: RecoveryKey, now: Instant) {
    let (root, id) = (RootKey.generate(), UUID())
    let name = "\(slot.key.kind.rawValue)-1"
    keys = VaultKeys(
      vault: id.text, root: OpenedRoot(root: root, slot: name, key: slot.key, epoch: 1), macKey: .random(32),
      fingerprintKey: .random(32), layoutMinimum: 1)
    let (wraps, signer) = (VaultWraps(vault: id.text), SigningKey.generate())
    vault = VaultRow(
      vault: id, createdAt: now, rootEpoch: 1, layoutMinimum: Int64(keys.layoutMinimum), checkValue: wraps.check(root),
      macKey: wraps.wrap(macKey: keys.macKey, under: root),
      fingerprintKey: wraps.wrap(fingerprintKey: keys.fingerprintKey, under: root),
      recoveryPublicKey: recovery.recipient.publicKey.bytes, auditPublicKey: signer.publicKey.bytes)
    auditKey = .first(signer, under: root, keys: keys, at: now)
    slots = [
      slot.row(named: name, holding: root, vault: id.text, at: now),
      NewSlot(recovery: recovery).row(named: "recovery", holding: root, vault: id.text, at: now),
    ]
  }

  func write(to store: Store) async throws {
    let (keys, vault, slots, auditKey) = (keys, vault, slots, auditKey)
    try await store.write(.full) { tx in
      try tx.insert(auditKey)
      let change = CustodyChange(tx, keys: keys, now: vault.createdAt)
      try change.insert(vault)
      for slot in slots { try change.insert(slot) }
      try change.record(AuditEntry("vault.init", "vault/\(keys.vault)", workspace: nil, by: .commandLine))
      _ = try change.finish(in: AuditLog(keys: keys))
    }
  }
}
