import Foundation
import Sealing
import Storage

/// Making a vault, and opening one.
extension Custodian {
  /// Makes a new vault: database, root key, one slot of the source's kind, and a recovery slot. It appears at `path` when
  /// it is whole and `handOver` has shown its recovery key; after an error there is none.
  /// - Throws: `StorageError.exists` when there is a database already; nothing is changed then.
  @discardableResult
  package static func create(
    at path: String, rootKey source: RootKeySource, clocks: Clocks, handOver: (NewVault) throws -> Void = { _ in }
  ) async throws -> NewVault {
    let file = try NewFile.reserve(path)
    do {
      let slot = try await offPool { try NewSlot(from: source) }
      let recovery = PrintedRecoveryKey.generate()
      let founding = Founding(slot: slot, recovery: recovery.key, now: clocks.now())
      try await founding.write(to: file)
      let made = founding.vault(recoveryKey: recovery.text)
      try handOver(made)
      try file.publish()
      return made
    } catch {
      file.discard()
      throw error
    }
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
