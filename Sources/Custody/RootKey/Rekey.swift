import Foundation
import Sealing
import Storage

extension Custodian {
  /// Replaces the root key: every wrapped key is wrapped anew, and every slot holds the new one, in one transaction. No
  /// credential is touched, and other processes go on.
  ///
  /// A recovery slot needs no source: the vault keeps what it takes to hand it another root key.
  /// - Throws: `refused` with the names of the slots whose source is not at hand.
  package func rekey(_ request: RekeyRequest, by actor: Actor) async throws -> RekeyReport {
    var keysAtHand = [keys.slotKey]
    for source in request.sources { keysAtHand.append(try await proveSlot(with: source).key) }
    let slotKeys = keysAtHand
    return try await amend { change in
      let rekey = Rekey(
        from: try change.keys.root(in: change.tx), lock: try change.rootLock(), slotKeys: slotKeys)
      let report = try change.perform(rekey, request)
      try change.record(
        AuditEntry(
          "root.rekey", "vault/\(change.keys.vault)", workspace: nil, by: actor,
          detail: [
            "epoch": String(report.epoch), "kept": report.kept.joined(separator: ","),
            "dropped": report.dropped.joined(separator: ","), "compromised": String(request.isCompromised),
          ]))
      return report
    }
  }
}

/// One replacement of the root key, inside its transaction.
private struct Rekey {
  let from: RootKey
  let to = RootKey.generate()
  let lock: RootLock
  let slotKeys: [SlotKey]

  var vault: String { lock.vault.vault.text }
  var epoch: Int64 { lock.vault.rootEpoch + 1 }

  /// The slot with the new root key in it; `nil` when what it needs is not at hand.
  func moved(_ row: RootSlotRow) throws -> RootSlotRow? {
    if let key = slotKeys.first(where: { $0.open(row, vault: vault)?.opens(lock.vault) == true }) {
      return key.wrap(to, in: row, vault: vault)
    }
    guard row.kind == SlotKind.recovery.rawValue else { return nil }
    return row.holding(to, for: try recipient(of: row), vault: vault)
  }

  private func recipient(of row: RootSlotRow) throws -> RecoveryRecipient {
    guard let publicKey = try? lock.vault.recoveryPublicKey.map(RecoveryPublicKey.init) else { throw integrity(lock.vault) }
    do {
      return try RecoveryRecipient(publicKey: publicKey, of: row.slot(in: vault), under: from)
    } catch {
      throw integrity(row)
    }
  }

  func moved<R: WrappedKeyRow>(_ row: R) throws -> R? {
    guard let wrapped = row.wrapped else { return nil }
    guard let aad = try? row.associatedData(vault: vault), let key = try? from.unwrap(wrapped, for: R.purpose, aad: aad)
    else { throw integrity(row) }
    var row = row
    row.wrapped = to.wrap(key, for: R.purpose, aad: aad)
    return row
  }

  /// The vault's row of the new epoch.
  func vaultRow(_ keys: VaultKeys) -> VaultRow {
    let wraps = VaultWraps(vault: vault)
    var row = lock.vault
    row.rootEpoch = epoch
    row.checkValue = wraps.check(to)
    row.macKey = wraps.wrap(macKey: keys.macKey, under: to)
    row.fingerprintKey = wraps.wrap(fingerprintKey: keys.fingerprintKey, under: to)
    return row
  }
}

extension CustodyChange {
  fileprivate func perform(_ rekey: Rekey, _ request: RekeyRequest) throws -> RekeyReport {
    let kept = try replaceSlots(rekey, dropping: request.dropping)
    var vault = rekey.vaultRow(keys)
    if !rekey.lock.slots.contains(where: { kept.contains($0.slot) && $0.kind == SlotKind.recovery.rawValue }) {
      vault.recoveryPublicKey = nil
    }
    try update(vault)
    let rewrapped = try WrappedKeyRows.all.reduce(0) { try $0 + rewrap($1, rekey) }
    let lock = try rootLock()
    guard let opened = rekey.slotKeys.lazy.compactMap({ lock.open(with: $0) }).first else {
      throw CustodyError.refused(
        "no slot that was opened here would hold the new root key: keep one, or give its --slot-source. Nothing was changed")
    }
    keys.hold(opened)
    let tainted = request.isCompromised ? try taintEveryRing() : 0
    endsAuditKeyRange = request.isCompromised
    return RekeyReport(
      epoch: rekey.epoch, kept: kept, dropped: request.dropping, rewrapped: rewrapped + 2, tainted: tainted)
  }

  /// - Returns: the names of the slots that hold the new root key.
  private func replaceSlots(_ rekey: Rekey, dropping: [String]) throws -> [String] {
    let names = rekey.lock.slots.map(\.slot)
    if let unknown = dropping.first(where: { !names.contains($0) }) {
      throw CustodyError.refused("there is no slot \(unknown) to drop; there are: \(names.joined(separator: ", "))")
    }
    var missing: [RootSlotRow] = []
    for row in rekey.lock.slots {
      if dropping.contains(row.slot) { try delete(row); continue }
      guard let moved = try rekey.moved(row) else { missing.append(row); continue }
      try update(moved)
    }
    guard missing.isEmpty else {
      let list = missing.map { "\($0.slot) (\($0.kind))" }.joined(separator: ", ")
      throw CustodyError.refused(
        "the sources of these slots are not at hand: \(list). Give each by --slot-source, or drop it by --drop-slot. Nothing was changed")
    }
    return names.filter { !dropping.contains($0) }
  }

  /// The log is told nothing: it keeps no digest of a wrap.
  private func rewrap<R: WrappedKeyRow>(_: R.Type, _ rekey: Rekey) throws -> Int {
    let moved = try rows(R.self).compactMap { try rekey.moved($0) }
    for row in moved { try everyWrite.update(keys.sealed(row)) }
    return moved.count
  }

  /// Marks every generation there is as known to others, until `key rotate --compromised` has replaced it.
  private func taintEveryRing() throws -> Int {
    let rings = try rows(KeyRingRow.self)
    for var row in rings {
      guard let newest = GenerationStates(row.generations)?.numbers.last else { throw integrity(row) }
      row.taintedThrough = newest
      row.epoch += 1
      try put(row, isNew: false)
    }
    return rings.count
  }
}
