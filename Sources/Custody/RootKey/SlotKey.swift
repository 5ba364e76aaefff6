import Sealing
import Storage

/// The key to slots of one kind. A process holds it as long as the vault is open: after a rekey it opens the new root
/// key with it, without asking anybody again.
struct SlotKey: Sendable {
  let kind: SlotKind
  private let half: Half

  private enum Half: Sendable {
    case wrapping(KeyEncryptionKey)
    case recovery(RecoveryKey)
  }

  init(_ kind: SlotKind, _ key: KeyEncryptionKey) { (self.kind, half) = (kind, .wrapping(key)) }

  init(_ recovery: RecoveryKey) { (kind, half) = (.recovery, .recovery(recovery)) }

  /// The root key in a slot, if the slot is of this kind and opens.
  func open(_ row: RootSlotRow, vault: String) -> RootKey? {
    guard row.kind == kind.rawValue else { return nil }
    return switch half {
    case .wrapping(let key): try? row.slot(in: vault).unwrap(row.wrapped, with: key)
    case .recovery(let key): try? key.open(row.wrapped)
    }
  }

  /// The same slot with another root key in it.
  func wrap(_ root: RootKey, in row: RootSlotRow, vault: String) -> RootSlotRow {
    var row = row
    row.wrapped =
      switch half {
      case .wrapping(let key): row.slot(in: vault).wrap(root, under: key)
      case .recovery(let key): key.publicKey.seal(root)
      }
    return row
  }
}

extension RootSlotRow {
  fileprivate func slot(in vault: String) -> Slot {
    Slot(vault: vault, id: slot, kind: kind, parameters: parameters)
  }
}

/// A slot before it holds anything: what stands in its row, and the key to it.
struct NewSlot: Sendable {
  let key: SlotKey
  let parameters: [UInt8]

  /// Derives a passphrase's key: inside `offPool`.
  init(from source: RootKeySource) throws {
    switch try source.read(for: .newSlot) {
    case .key(let kek): (key, parameters) = (SlotKey(source.slotKind, kek), [])
    case .recovery: throw CustodyError.locked("a slot is not made from a recovery key; a new recovery key is made with its slot")
    case .passphrase(let passphrase):
      let derivation = PassphraseParameters.fresh()
      do {
        key = SlotKey(.passphrase, try passphrase.key(derivation))
      } catch {
        throw CustodyError.locked("the passphrase makes no key: \(error)")
      }
      parameters = derivation.encoded
    }
  }

  init(recovery: RecoveryKey) { (key, parameters) = (SlotKey(recovery), []) }

  func row(named name: String, holding root: RootKey, vault: String, at now: Instant) -> RootSlotRow {
    let row = RootSlotRow(slot: name, kind: key.kind.rawValue, parameters: parameters, wrapped: [], createdAt: now)
    return key.wrap(root, in: row, vault: vault)
  }
}
