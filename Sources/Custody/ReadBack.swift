import Sealing
import Storage

/// Writes are looked at once more in their transaction. Something that undoes a grant or a revocation while the engine
/// reports success is found before anybody relies on it.
extension CustodyChange {
  /// The row that stands under this one's key now, as it is stored.
  func stored<R: AuthenticatedRow>(_ row: R) throws -> R? {
    try tx.rows(R.self, matching: R.matching(row.keyValues), limit: 1).first
  }

  /// The MAC stands for every column.
  func requireStored<R: AuthenticatedRow>(_ row: R) throws {
    guard try stored(row)?.seal == row.seal else { throw integrity(row) }
  }

  func requireGone<R: StoredRow>(_: R.Type, _ key: [ColumnValue]) throws {
    guard try tx.count(R.self, matching: R.matching(key)) == 0 else {
      throw CustodyError.integrity(table: R.table, key: key.keyText)
    }
  }
}
