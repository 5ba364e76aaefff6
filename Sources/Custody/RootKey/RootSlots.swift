import Foundation
import Sealing
import Storage

/// A way to the root key, without what it holds.
package struct RootSlot: Sendable, Equatable {
  package let name: String
  package let kind: String
  package let createdAt: Instant
  /// Whether the key that this process holds opens it, tried just now. The others are as the vault wrote them.
  package let isOpened: Bool
}

/// The slots: ways to the root key come and go, no data is touched.
extension Custodian {
  package func rootSlots() throws -> [RootSlot] {
    try view { view in
      let lock = try view.rootLock()
      let opened = lock.open(with: keys.slotKey)
      return lock.slots.map {
        RootSlot(name: $0.slot, kind: $0.kind, createdAt: $0.createdAt, isOpened: $0.slot == opened?.slot)
      }
    }
  }

  /// Adds a slot for a source, and opens it before it counts. A `file:` source that is missing is made.
  /// - Returns: its name, `KIND-N` unless told.
  package func addSlot(from source: RootKeySource, name: String? = nil, by actor: Actor) async throws -> String {
    let slot = try await offPool { try NewSlot(from: source) }
    return try await amend { change in
      let lock = try change.rootLock()
      if let open = lock.open(with: slot.key) {
        throw CustodyError.refused("this key opens slot \(open.slot) already; a second slot for it would be no second way in")
      }
      let name = try lock.freeName(name, kind: slot.key.kind)
      try change.add(slot, named: name, isNew: true)
      try change.record(slotEntry("root.add-slot", name, by: actor, ["kind": slot.key.kind.rawValue]))
      return name
    }
  }

  /// Makes a new recovery key with its slot. The old one, if there is any, opens nothing from now on.
  /// - Returns: the key as text, to be shown once and kept offline.
  package func replaceRecoveryKey(by actor: Actor) async throws -> String {
    let recovery = PrintedRecoveryKey.generate()
    try await amend { change in
      let lock = try change.rootLock()
      let name = lock.slots.first { $0.kind == SlotKind.recovery.rawValue }?.slot
      var vault = lock.vault
      vault.recoveryPublicKey = recovery.key.recipient.publicKey.bytes
      try change.update(vault)
      try change.add(NewSlot(recovery: recovery.key), named: name ?? "recovery", isNew: name == nil)
      try change.record(slotEntry("root.add-slot", name ?? "recovery", by: actor, ["kind": SlotKind.recovery.rawValue]))
    }
    return recovery.text
  }

  /// Removes a slot, after another one was opened: by the key that this process holds, or else by `source`.
  ///
  /// It does not lock out who has the slot's key and an old copy of the file: that needs a rekey.
  package func removeSlot(_ name: String, provenBy source: RootKeySource? = nil, by actor: Actor) async throws {
    var keysAtHand = [keys.slotKey]
    if let source { keysAtHand.append(try await proveSlot(with: source).key) }
    let proving = keysAtHand
    try await amend { change in
      let lock = try change.rootLock()
      guard let row = lock.slots.first(where: { $0.slot == name }) else { throw CustodyError.notFound }
      guard lock.slots.count > 1 else { throw CustodyError.refused("\(name) is the last slot; without it the vault is lost") }
      guard let proven = proving.lazy.compactMap({ lock.without(name).open(with: $0) }).first else {
        throw CustodyError.refused(
          "no other slot was proven: open the vault with another one, or give --proven-by SOURCE. Nothing was changed")
      }
      try change.delete(row)
      if row.kind == SlotKind.recovery.rawValue {
        var vault = lock.vault
        vault.recoveryPublicKey = nil
        try change.update(vault)
      }
      change.keys.hold(proven)
      try change.record(slotEntry("root.remove-slot", name, by: actor, ["kind": row.kind, "proven": proven.slot]))
    }
  }

  /// Proves that a source opens the root key, the one that opened this vault unless told. Changes nothing.
  /// - Returns: the slot that it opened.
  package func drill(_ source: RootKeySource? = nil, by actor: Actor) async throws -> RootSlot {
    let key = if let source { try await proveSlot(with: source).key } else { keys.slotKey }
    return try await amend { change in
      let lock = try change.rootLock()
      guard let opened = lock.open(with: key), let row = lock.slots.first(where: { $0.slot == opened.slot }) else {
        throw CustodyError.superseded
      }
      try change.record(slotEntry(NotedAction.drill.rawValue, row.slot, by: actor, ["kind": row.kind]))
      return RootSlot(name: row.slot, kind: row.kind, createdAt: row.createdAt, isOpened: true)
    }
  }

  /// Reads a source and opens the root key with it.
  func proveSlot(with source: RootKeySource) async throws -> OpenedRoot {
    let lock = try view { try $0.rootLock() }
    return try await offPool { try lock.open(with: source) }
  }
}

func slotEntry(_ action: String, _ slot: String, by actor: Actor, _ detail: [String: String]) -> AuditEntry {
  AuditEntry(action, "slot/\(slot)", workspace: nil, by: actor, detail: detail)
}

extension CustodyChange {
  /// Writes a slot that holds the root key of this transaction, and opens what stands there.
  fileprivate func add(_ slot: NewSlot, named name: String, isNew: Bool) throws {
    let row = slot.row(named: name, holding: try keys.root(in: tx), vault: keys.vault, at: now)
    try isNew ? insert(row) : update(row)
    guard try rootLock().open(with: slot.key)?.slot == name else { throw integrity(row) }
  }
}

extension RootLock {
  /// - Throws: `refused` for a name that is taken or malformed, and for one passphrase too many.
  fileprivate func freeName(_ wanted: String?, kind: SlotKind) throws(CustodyError) -> String {
    guard kind != .passphrase || slots.count(where: { $0.kind == kind.rawValue }) < Self.passphraseSlots else {
      throw .refused("the vault has \(Self.passphraseSlots) passphrase slots, and more are not tried; remove one first")
    }
    let taken = Set(slots.map(\.slot))
    guard let wanted else {
      return (1...).lazy.map { "\(kind.rawValue)-\($0)" }.first { !taken.contains($0) } ?? kind.rawValue
    }
    guard wanted.wholeMatch(of: #/[a-z0-9][a-z0-9-]{0,63}/#) != nil else {
      throw .refused("a slot's name has lower-case letters, digits and hyphens, 64 at most")
    }
    guard !taken.contains(wanted) else { throw .refused("there is a slot \(wanted) already") }
    return wanted
  }
}
