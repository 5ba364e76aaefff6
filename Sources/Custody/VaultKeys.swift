import Foundation
import Sealing
import Storage
import Synchronization

/// Every opening key of the vault, held by the `Custodian` and nobody else.
///
/// Key rings are cached, the newest of each workspace; each transaction compares the cached one with its own row, so a
/// rotation in another process is noticed before anything is opened or sealed, and a reader with an older snapshot gets
/// the ring of that snapshot.
final class VaultKeys: Sendable {
  let vault: String
  private let held: HeldRoot
  let macKey: GuardedKey
  let fingerprintKey: GuardedKey
  let layoutMinimum: UInt8
  private let rings = Mutex<[UUID: KeyRing]>([:])

  init(vault: String, root: OpenedRoot, macKey: GuardedKey, fingerprintKey: GuardedKey, layoutMinimum: UInt8) {
    self.vault = vault
    held = HeldRoot(root)
    self.macKey = macKey
    self.fingerprintKey = fingerprintKey
    self.layoutMinimum = layoutMinimum
  }

  /// The root key of this transaction: whoever wraps or unwraps asks here, each time. After a rekey in another process
  /// it is the new one, opened with the slot key that this process holds.
  /// - Throws: `locked` when that key opens it no more.
  func root(in tx: ReadTransaction) throws -> RootKey {
    try held.root(of: try vaultRow(in: tx)) {
      let lock = try RootLock(in: tx)
      try lock.prove(with: self) { try tx.requireNewest($0, keys: self) }
      return lock
    }
  }

  /// The key of the slot that this process has opened.
  var slotKey: SlotKey { held.key }

  /// Goes on with another slot, because the one that was opened comes to an end.
  func hold(_ opened: OpenedRoot) { held.replace(by: opened) }

  /// The vault's own row, proven by its MAC.
  func vaultRow(in tx: ReadTransaction) throws -> VaultRow {
    guard let row = try tx.row(VaultRow.self, .integer(1)) else {
      throw CustodyError.integrity(table: VaultRow.table, key: "1")
    }
    try requireVaultMAC(row)
    return row
  }

  /// The workspace's ring as this transaction sees it.
  /// - Throws: `notFound` for an unknown workspace, `integrity` for a ring that was changed or put back.
  func ring(_ workspace: UUID, in tx: ReadTransaction) throws -> KeyRing {
    try ring(workspace, in: tx) { row in try tx.requireNewest(row, keys: self) }
  }

  /// - Parameter requireNewest: how the ring's row is held against the audit log.
  func ring(
    _ workspace: UUID, in tx: ReadTransaction, requireNewest: (KeyRingRow) throws -> Void
  ) throws -> KeyRing {
    guard let row = try tx.row(KeyRingRow.self, .uuid(workspace)) else { throw CustodyError.notFound }
    try requireVaultMAC(row)
    try requireNewest(row)
    let cached = rings.withLock { $0[workspace] }
    if let cached, cached.mac == row.seal.mac { return cached }
    let ring = try load(row, reusing: cached?.keys ?? [:], in: tx)
    rings.withLock { rings in
      if (rings[workspace]?.epoch ?? 0) <= ring.epoch { rings[workspace] = ring }
    }
    return ring
  }

  /// A generation's keys never change, so those at hand are taken from there: a process that the new root key is kept
  /// from goes on with them.
  private func load(_ row: KeyRingRow, reusing known: [UInt32: KeyGeneration], in tx: ReadTransaction) throws -> KeyRing {
    let damaged = CustodyError.integrity(table: KeyRingRow.table, key: row.workspace.text)
    guard let states = GenerationStates(row.generations) else { throw damaged }
    var keys: [UInt32: KeyGeneration] = [:]
    for key in try tx.rows(WorkspaceKeyRow.self, matching: ["workspace": .uuid(row.workspace)]) {
      try requireVaultMAC(key)
      guard key.wrapped != nil, let state = states[key.generation], state != .destroyed else { continue }
      if let known = known[key.generation], known.publicKey == key.publicKey {
        keys[key.generation] = known
      } else {
        keys[key.generation] = try unwrap(key, under: try root(in: tx))
      }
    }
    guard states.numbers.allSatisfy({ states[$0]?.opens != true || keys[$0] != nil }) else { throw damaged }
    return KeyRing(
      epoch: row.epoch, mac: row.seal.mac, states: states, taintedThrough: row.taintedThrough, keys: keys)
  }

  private func unwrap(_ row: WorkspaceKeyRow, under root: RootKey) throws -> KeyGeneration {
    do {
      return try KeyGeneration.unwrap(
        row.wrapped ?? [], number: row.generation, publicKey: row.publicKey, under: root, vault: vault,
        workspace: row.workspace.text)
    } catch {
      throw CustodyError.integrity(table: WorkspaceKeyRow.table, key: "\(row.workspace.text)/\(row.generation)")
    }
  }

  /// A keyed tag over something that is not secret, for what only this vault can make.
  func tag(_ label: String, _ message: [UInt8]) -> [UInt8] {
    var out = ByteWriter("reseal/tag/v1")
    out.lengthPrefixed(label)
    out.lengthPrefixed(message)
    return Digest.keyed(macKey, out.bytes)
  }

  /// Puts the vault's own MAC on a row.
  func sealed<R: VaultLevelRow>(_ row: R) -> R {
    var row = row
    let mac = RowMAC.make(macKey, layout: R.layout, table: R.table, columns: row.values)
    row.seal = RowSeal(layout: R.layout, generation: 0, mac: mac)
    return row
  }

  func requireVaultMAC<R: VaultLevelRow>(_ row: R) throws {
    guard row.seal.generation == 0, isAuthentic(row, under: macKey) else { throw integrity(row) }
  }

  func sealed<R: TenantRow>(_ row: R, under generation: KeyGeneration) -> R {
    var row = row
    let mac = RowMAC.make(generation.rowMACKey, layout: R.layout, table: R.table, columns: row.values)
    row.seal = RowSeal(layout: R.layout, generation: generation.number, mac: mac)
    return row
  }

  func requireMAC<R: TenantRow>(_ row: R, in ring: KeyRing) throws {
    guard let generation = ring.usable(row.seal.generation), isAuthentic(row, under: generation.rowMACKey) else {
      throw integrity(row)
    }
  }

  private func isAuthentic<R: AuthenticatedRow>(_ row: R, under key: GuardedKey) -> Bool {
    row.seal.layout >= layoutMinimum
      && RowMAC.matches(row.seal.mac, key, layout: row.seal.layout, table: R.table, columns: row.values)
  }
}

/// The error for a row that does not verify: names table and key, gives no reason.
func integrity<R: StoredRow>(_ row: R) -> CustodyError { .integrity(table: R.table, key: row.keyText) }
