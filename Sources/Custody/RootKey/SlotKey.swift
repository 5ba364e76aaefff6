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
    case .recovery(let key): try? key.open(row.wrapped, in: row.slot(in: vault))
    }
  }

  /// The same slot with another root key in it.
  func wrap(_ root: RootKey, in row: RootSlotRow, vault: String) -> RootSlotRow {
    switch half {
    case .wrapping(let key):
      var row = row
      row.wrapped = row.slot(in: vault).wrap(root, under: key)
      return row
    case .recovery(let key): return row.holding(root, for: key.recipient, vault: vault)
    }
  }
}

extension RootSlotRow {
  func slot(in vault: String) -> Slot { Slot(vault: vault, id: slot, kind: kind, parameters: parameters) }

  /// The recovery slot with another root key in it; the recovery key itself may be offline.
  func holding(_ root: RootKey, for recipient: RecoveryRecipient, vault: String) -> RootSlotRow {
    var row = self
    row.parameters = recipient.parameters(of: slot(in: vault), under: root)
    row.wrapped = recipient.wrap(root, in: row.slot(in: vault))
    return row
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
    case .recovery: throw CustodyError.refused("a slot is not made from a recovery key; a new recovery key is made with its slot")
    case .passphrase(let passphrase):
      let derivation = PassphraseParameters.fresh()
      do {
        key = SlotKey(.passphrase, try passphrase.key(derivation))
      } catch {
        throw CustodyError.refused("there is not enough memory to make a key of the passphrase: it takes 256 MiB")
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
