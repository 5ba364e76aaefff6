import Sealing
import Storage

/// Rows under the vault MAC key: read proven, written with their MAC.
extension CustodyView {
  /// The verified row with this primary key, or `nil`.
  package func row<R: VaultLevelRow>(_: R.Type = R.self, _ key: ColumnValue...) throws -> R? {
    try rows(R.self, matching: R.matching(key), limit: 1).first
  }

  /// The verified rows whose columns equal the given values.
  package func rows<R: VaultLevelRow>(
    _: R.Type = R.self, matching: [String: ColumnValue] = [:], limit: Int = Int.max
  ) throws -> [R] {
    try tx.rows(R.self, matching: matching, limit: limit).map(verified)
  }

  package func verified<R: VaultLevelRow>(_ row: R) throws -> R {
    try keys.requireVaultMAC(row)
    if R.isLogged { try requireNewest(row) }
    return row
  }
}

extension CustodyChange {
  func insert<R: VaultLevelRow>(_ row: R) throws {
    let row = keys.sealed(row)
    try everyWrite.insert(row)
    try requireStored(row)
    if R.isLogged { note(row) }
  }

  func update<R: VaultLevelRow>(_ row: R) throws {
    let row = keys.sealed(row)
    try everyWrite.update(row)
    try requireStored(row)
    if R.isLogged { note(row) }
  }

  /// The one row above the workspaces that others than custody change.
  package func update(_ row: WorkspaceRow) throws {
    let row = keys.sealed(row)
    try everyWrite.update(row)
    try requireStored(row)
    note(row)
  }

  func delete<R: VaultLevelRow>(_ row: R) throws {
    try everyWrite.delete(R.self, matching: R.matching(row.keyValues))
    try requireGone(R.self, row.keyValues)
    if R.isLogged { note(RowChange(table: R.table, key: row.keyText, workspace: nil, digest: nil)) }
  }

  /// Deletes many rows of bookkeeping at once.
  func delete<R: VaultLevelRow>(_: R.Type, matching: [String: ColumnValue]) throws {
    precondition(!R.isLogged, "a row that the log knows is deleted by itself")
    try everyWrite.delete(R.self, matching: matching)
  }
}
