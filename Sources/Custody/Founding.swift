import Foundation
import Sealing
import Storage

/// What is to be said of a new vault, once.
package struct NewVault: Sendable {
  package let id: String
  /// As text, to be shown once and kept offline.
  package let recoveryKey: String
  /// The key that the audit log begins with, as text.
  package let auditPublicKey: String
}

/// The first rows of a vault.
struct Founding {
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

  func vault(recoveryKey: String) -> NewVault {
    NewVault(id: keys.vault, recoveryKey: recoveryKey, auditPublicKey: AuditPublicKey.text(vault.auditPublicKey))
  }

  /// Makes the database of these rows, and closes it again.
  func write(to file: NewFile) async throws {
    let store = try Store.create(in: file)
    do {
      try await write(to: store)
      try store.close()
    } catch {
      try? store.close()
      throw error
    }
  }

  private func write(to store: Store) async throws {
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
