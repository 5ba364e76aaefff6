internal import GRDB
import Synchronization

/// Takes out of the log what was deleted from the database: old pages stand in the `-wal` file until it is emptied.
///
/// Tried right after the commit, without waiting for readers of other processes. Where one is in the way, it stays owed
/// and is tried again after every write, and when the database is closed.
final class Erasure: Sendable {
  private let isOwed = Atomic<Bool>(false)
  private let patience: Patience

  init(_ patience: Patience) { self.patience = patience }

  /// After a commit. The commit stands whatever happens here, so nothing is thrown.
  func settle(_ db: Database, erased: Bool) {
    if erased { isOwed.store(true, ordering: .relaxed) }
    guard isOwed.load(ordering: .relaxed) else { return }
    if (try? emptyLog(db)) == true { isOwed.store(false, ordering: .relaxed) }
  }

  /// - Returns: whether the log is empty; not while somebody reads from it.
  private func emptyLog(_ db: Database) throws -> Bool {
    try patience.suspended {
      try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)").map { $0[0] == 0 } ?? false
    }
  }
}

/// What an overwritten or deleted row leaves behind that should be gone.
package enum Residue: Sendable {
  case nothing
  /// A sealed value: gone when the row is deleted. Rewrapping moves it, and owes nothing.
  case sealedValue
  /// A wrapped key: gone when the row is deleted or changed.
  case wrappedKey
}
