internal import CSQLite
internal import GRDB

/// The settings of every connection.
enum Connection {
  static func configuration(_ patience: Patience = Patience(), isReadOnly: Bool = false) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .callback(patience.wait)
    configuration.maximumReaderCount = 8
    configuration.prepareDatabase { db in try harden(db) }
    return configuration
  }

  /// What SQLite recommends for files that somebody else may have written (sqlite.org, "Defense Against The Dark Arts"),
  /// and overwriting of what is deleted.
  private static func harden(_ db: Database) throws {
    guard reseal_sqlite_be_defensive(db.sqliteConnection) == 1 else { throw misuse }
    try db.execute(
      sql: """
        PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA secure_delete = ON
        """)
  }

  /// GRDB's pool resets `synchronous` when it opens, so each write sets it for itself.
  static func setSynchronous(_ durability: Store.Durability, in db: Database) throws {
    let wanted = durability == .full ? 2 : 1
    try db.execute(sql: "PRAGMA synchronous = \(wanted)")
    guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == wanted else { throw misuse }
  }

  /// A promise about durability holds in this mode only.
  static func requireWriteAheadLog(_ db: Database) throws {
    guard try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal" else { throw misuse }
  }

  private static let misuse = StorageError.engine(code: Int(ResultCode.SQLITE_MISUSE.rawValue))
}
