import Sealing
import Storage

/// The rows that lead to the root key, as one transaction sees them: the vault's own, and the slots.
struct RootLock: Sendable {
  let vault: VaultRow
  let slots: [RootSlotRow]
  /// More passphrase slots are not made and not tried: each try takes half a second and 256 MiB or more.
  static let passphraseSlots = 8

  init(in tx: ReadTransaction) throws {
    guard let vault = try tx.row(VaultRow.self, .integer(1)) else {
      throw CustodyError.integrity(table: VaultRow.table, key: "1")
    }
    self.init(vault: vault, slots: try tx.rows(RootSlotRow.self))
  }

  private init(vault: VaultRow, slots: [RootSlotRow]) { (self.vault, self.slots) = (vault, slots) }

  /// The same without one slot.
  func without(_ slot: String) -> RootLock { RootLock(vault: vault, slots: slots.filter { $0.slot != slot }) }

  /// Proves each row by its MAC, and holds it against the audit log: an old slot that somebody put back is none.
  func prove(with keys: VaultKeys, requireNewest: (any StoredRow) throws -> Void) throws {
    try keys.requireVaultMAC(vault)
    try requireNewest(vault)
    for slot in slots {
      try keys.requireVaultMAC(slot)
      try requireNewest(slot)
    }
  }

  /// Tries the key on every slot of its kind.
  func open(with key: SlotKey) -> OpenedRoot? {
    for row in slots {
      guard let root = key.open(row, vault: vault.vault.text), root.opens(vault) else { continue }
      return OpenedRoot(root: root, slot: row.slot, key: key, epoch: vault.rootEpoch)
    }
    return nil
  }

  /// Reads the source and tries it on every slot of its kind. May take long: inside `offPool`.
  /// - Throws: `locked` for a source that gives no key, or another one.
  func open(with source: RootKeySource) throws -> OpenedRoot {
    let candidates = slots.filter { $0.kind == source.slotKind.rawValue }
    guard !candidates.isEmpty else {
      let kinds = Set(slots.map(\.kind)).sorted().joined(separator: ", ")
      throw CustodyError.locked("this vault has no \(source.slotKind.rawValue) slot; it has: \(kinds)")
    }
    let opened =
      switch try source.read() {
      case .key(let kek): open(with: SlotKey(source.slotKind, kek))
      case .recovery(let key): open(with: SlotKey(key))
      case .passphrase(let passphrase): try open(with: passphrase, trying: candidates)
      }
    guard let opened else {
      throw CustodyError.locked("the root key does not open this vault: it belongs to another one, or was replaced")
    }
    return opened
  }

  /// A slot that asks for too little or too much is left out; it is named if no other one opens.
  private func open(with passphrase: Passphrase, trying candidates: [RootSlotRow]) throws -> OpenedRoot? {
    guard candidates.count <= Self.passphraseSlots else {
      throw CustodyError.locked("the vault has \(candidates.count) passphrase slots; more than \(Self.passphraseSlots) are not tried")
    }
    var refused: CustodyError?
    for row in candidates {
      do {
        let key = SlotKey(.passphrase, try passphrase.key(PassphraseParameters(decoding: row.parameters)))
        if let opened = open(with: key) { return opened }
      } catch let SealingError.refusedParameters(why) {
        refused = .locked("the parameters of the passphrase slot \(row.slot) are refused: \(why)")
      }
    }
    if let refused { throw refused }
    return nil
  }
}

/// The root key out of a slot, proven by the check value.
struct OpenedRoot: Sendable {
  let root: RootKey
  let slot: String
  let key: SlotKey
  let epoch: Int64
}

extension CustodyView {
  /// The ways to the root key as this transaction sees them, proven.
  func rootLock() throws -> RootLock {
    let lock = try RootLock(in: tx)
    try lock.prove(with: keys) { try requireNewest($0) }
    return lock
  }
}
