import Foundation
import Sealing
import Storage

/// Making a vault, and opening one.
extension Custodian {
  /// Makes a new vault: database, root key, one `file` slot, and a recovery slot.
  /// - Returns: the custodian and the recovery key as text, to be shown once and kept offline.
  /// - Throws: `StorageError.exists` when there is a database already; nothing is changed then.
  package static func create(
    at path: String, rootKey source: RootKeySource, clocks: Clocks
  ) async throws -> (custodian: Custodian, recoveryKey: String) {
    guard case .file(let keyPath) = source else {
      throw CustodyError.locked("a new vault needs --root-key file:PATH; the recovery key is made by init")
    }
    if FileManager.default.fileExists(atPath: path) { throw StorageError.exists(path: path) }
    try KeyFile.createIfMissing(keyPath)
    let kek = try RootKeySource.keyEncryptionKey(file: keyPath)
    let store = try Store.create(at: path)
    let founding = Founding(root: .generate(), clocks: clocks)
    let generated = RecoveryKey.generate()
    var printed = generated.printed
    let text = RootKeySource.recoveryPrefix + Base64URL.encode(printed)
    wipe(&printed)
    try await founding.write(to: store, kek: kek, recovery: generated.key)
    return (Custodian(store: store, keys: founding.keys, clocks: clocks, faults: .none), text)
  }

  /// Opens a vault.
  /// - Throws: `locked` for a missing or wrong key, before any row but the slots is read.
  package static func open(
    at path: String, rootKey source: RootKeySource, clocks: Clocks, sharing: Store.Sharing = .shared,
    faults: Faults = .none
  ) async throws -> Custodian {
    let store = try Store.open(at: path, sharing)
    do {
      let (vault, slots) = try store.read { tx in
        (try tx.row(VaultRow.self, .integer(1)), try tx.rows(RootSlotRow.self))
      }
      guard let vault else { throw CustodyError.integrity(table: VaultRow.table, key: "1") }
      let root = try rootKey(of: vault, slots: slots, source: source)
      let keys = try unlock(vault, with: root)
      try store.read { tx in try tx.requireGenuine(vault, slots, keys: keys) }
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

  /// The vault's own row, proven.
  func vaultRow(in tx: ReadTransaction) throws -> VaultRow {
    guard let row = try tx.row(VaultRow.self, .integer(1)) else {
      throw CustodyError.integrity(table: VaultRow.table, key: "1")
    }
    try keys.requireVaultMAC(row)
    return row
  }

  private static func rootKey(of vault: VaultRow, slots: [RootSlotRow], source: RootKeySource) throws -> RootKey {
    let candidates = slots.filter { $0.kind == source.slotKind }
    guard !candidates.isEmpty else {
      let kinds = Set(slots.map(\.kind)).sorted().joined(separator: ", ")
      throw CustodyError.locked("this vault has no \(source.slotKind) slot; it has: \(kinds)")
    }
    switch source {
    case .file(let path):
      let kek = try RootKeySource.keyEncryptionKey(file: path)
      for row in candidates {
        if let root = try? Slot(row, vault: vault.vault.text).unwrap(row.wrapped, with: kek) { return root }
      }
    case .recovery(let path):
      let key = try RootKeySource.recoveryKey(file: path)
      for row in candidates {
        if let root = try? key.open(row.wrapped) { return root }
      }
    }
    throw CustodyError.locked("the root key does not open this vault: it belongs to another one, or was replaced")
  }

  private static func unlock(_ vault: VaultRow, with root: RootKey) throws -> VaultKeys {
    let id = vault.vault.text
    do {
      _ = try root.unwrap(vault.checkValue, for: .check, aad: Founding.aad("check", id))
      return VaultKeys(
        vault: id, root: root,
        macKey: GuardedKey(copying: try root.unwrap(vault.macKey, for: .vaultMACKey, aad: Founding.aad("mac", id))),
        fingerprintKey: GuardedKey(
          copying: try root.unwrap(vault.fingerprintKey, for: .fingerprintKey, aad: Founding.aad("fingerprint", id))),
        layoutMinimum: UInt8(truncatingIfNeeded: vault.layoutMinimum))
    } catch {
      throw CustodyError.locked("the root key does not open this vault: its check value does not fit")
    }
  }
}

/// The first rows of a vault.
private struct Founding {
  let root: RootKey
  let keys: VaultKeys
  let clocks: Clocks

  init(root: RootKey, clocks: Clocks) {
    self.root = root
    self.clocks = clocks
    keys = VaultKeys(
      vault: UUID().text, root: root, macKey: .random(32), fingerprintKey: .random(32), layoutMinimum: 1)
  }

  static func aad(_ what: String, _ vault: String) -> [UInt8] {
    var out = ByteWriter("reseal/\(what)/v1")
    out.lengthPrefixed(vault)
    return out.bytes
  }

  func write(to store: Store, kek: KeyEncryptionKey, recovery: RecoveryKey) async throws {
    let now = clocks.now()
    let signer = SigningKey.generate()
    let file = Slot(vault: keys.vault, id: "file-1", kind: "file")
    let slots = [
      RootSlotRow(slot: file.id, kind: file.kind, parameters: [], wrapped: file.wrap(root, under: kek), createdAt: now),
      RootSlotRow(
        slot: "recovery", kind: "recovery", parameters: [], wrapped: recovery.publicKey.seal(root), createdAt: now),
    ]
    let vault = vaultRow(at: now, recovery: recovery.publicKey, audit: signer.publicKey)
    let firstKey = AuditKeyRow.first(signer, keys: keys, at: now)
    let keys = keys
    try await store.write(.full) { tx in
      try tx.insert(firstKey)
      let change = CustodyChange(tx, keys: keys, now: now)
      try change.insert(vault)
      for slot in slots { try change.insert(slot) }
      try change.record(AuditEntry("vault.init", "vault/\(keys.vault)", workspace: nil, by: .commandLine))
      _ = try change.finish(in: AuditLog(keys: keys))
    }
  }

  private func vaultRow(at now: Instant, recovery: RecoveryPublicKey, audit: VerifyingKey) -> VaultRow {
    VaultRow(
      vault: UUID(uuidString: keys.vault)!, createdAt: now, rootEpoch: 1, layoutMinimum: Int64(keys.layoutMinimum),
      checkValue: root.wrap(Secret(copying: Array("reseal".utf8)), for: .check, aad: Self.aad("check", keys.vault)),
      macKey: wrap(keys.macKey, .vaultMACKey, "mac"),
      fingerprintKey: wrap(keys.fingerprintKey, .fingerprintKey, "fingerprint"),
      recoveryPublicKey: recovery.bytes, auditPublicKey: audit.bytes)
  }

  private func wrap(_ key: GuardedKey, _ purpose: RootKey.Purpose, _ what: String) -> [UInt8] {
    root.wrap(key.withBytes { Secret(copying: $0) }, for: purpose, aad: Self.aad(what, keys.vault))
  }
}

extension ReadTransaction {
  /// The rows that a vault was opened with, proven and held against the log.
  fileprivate func requireGenuine(_ vault: VaultRow, _ slots: [RootSlotRow], keys: VaultKeys) throws {
    try keys.requireVaultMAC(vault)
    try requireNewest(vault, keys: keys)
    for slot in slots {
      try keys.requireVaultMAC(slot)
      try requireNewest(slot, keys: keys)
    }
  }
}

extension Slot {
  fileprivate init(_ row: RootSlotRow, vault: String) {
    self.init(vault: vault, id: row.slot, kind: row.kind, parameters: row.parameters)
  }
}
