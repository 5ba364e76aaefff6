import Sealing
import Storage

extension CustodyView {
  /// The ways to the root key as this transaction sees them, proven.
  func rootLock() throws -> RootLock {
    let lock = try RootLock(in: tx)
    try lock.prove(with: keys) { try requireNewest($0) }
    return lock
  }
}

/// Writes of the rows that lead to the root key, each read back in its transaction: a trigger that undoes one is found.
extension CustodyChange {
  func put(_ row: RootSlotRow, isNew: Bool) throws {
    try isNew ? insert(row) : update(row)
    guard try tx.row(RootSlotRow.self, .text(row.slot))?.seal == keys.sealed(row).seal else { throw integrity(row) }
  }

  func remove(_ row: RootSlotRow) throws {
    try delete(row)
    guard try tx.row(RootSlotRow.self, .text(row.slot)) == nil else { throw integrity(row) }
  }

  func put(_ row: VaultRow) throws {
    try update(row)
    guard try tx.row(VaultRow.self, .integer(row.id))?.seal == keys.sealed(row).seal else { throw integrity(row) }
  }
}
