import Sealing
import Storage

extension [ColumnValue] {
  /// The values of a primary key as the log and error messages name them.
  var keyText: String {
    map { value in
      switch value {
      case .text(let text): text
      case .integer(let integer): String(integer)
      case .null, .blob: "?"
      }
    }.joined(separator: "/")
  }
}

extension StoredRow {
  var keyText: String { keyValues.keyText }

  /// The digest that the audit log keeps of this row. Columns that rotation and rekey replace are left out; a sealed
  /// value is named by its `ct_hash` instead.
  func digest(vault: String) -> [UInt8] {
    let moving = Self.movingColumns
    var columns = zip(Self.columns, values).filter { !moving.contains($0.0) }.map(\.1)
    if let row = self as? any SealedRow {
      columns.append(.blob(row.sealed.ciphertextHash(in: row.context(vault: vault))))
    }
    return RowDigest.make(table: Self.table, columns: columns)
  }

  private static var movingColumns: Set<String> {
    if self is any SealedRow.Type { return ["generation", "header", "payload"] }
    return table == WorkspaceKeyRow.table ? ["wrapped"] : []
  }
}

extension ReadTransaction {
  /// Holds a row against the newest thing that the log says about it, so that an old row which somebody put back is
  /// not honoured.
  /// - Throws: `integrity` for a row that the log does not know, or knows otherwise.
  func requireNewest<R: StoredRow>(_ row: R, keys: VaultKeys) throws {
    guard let change = try newestChange(table: R.table, key: row.keyText) else { throw integrity(row) }
    try keys.requireVaultMAC(change)
    guard let digest = change.digest, constantTimeEqual(digest, row.digest(vault: keys.vault)) else {
      throw integrity(row)
    }
  }
}
