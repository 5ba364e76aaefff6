import Foundation
import Glibc
internal import GRDB
import Synchronization

/// The database: rows, one transaction at a time.
///
/// `read` runs where it is called (a point read is a few microseconds); `write` runs on a thread of the engine's own.
/// Both take synchronous closures: nothing waits for a network with a transaction open.
package final class Store: Sendable {
  /// How much a commit survives: `full` a power cut, `normal` a `kill -9` (the WAL is written, not synced).
  package enum Durability: Sendable { case full, normal }

  /// Who else may have the file open.
  package enum Sharing: Sendable {
    /// Any number of processes: a pool of connections and a write-ahead log.
    case shared
    /// Nobody: a file that is being made. No write-ahead log, so that it is one file whenever it is closed.
    case exclusive
    /// Nobody writes it, and neither do we.
    case readOnly
  }

  package let path: String
  package let commits = CommitSignal()
  let database: any DatabaseWriter
  private let sharing: Sharing
  /// The file that was opened; `nil` for one that has no name of its own yet.
  private let identity: FileIdentity?
  /// The schema number that was last compared with the migrations and found equal.
  private let checkedSchema: Atomic<Int>
  private let erasure: Erasure
  private let queue = DispatchQueue(label: "reseal.store.write")

  private init(path: String, _ sharing: Sharing, preparing: (any DatabaseWriter) throws -> Void = { _ in }) throws {
    let patience = Patience()
    let database = try Self.connect(path, sharing, patience)
    try preparing(database)
    self.path = path
    self.sharing = sharing
    erasure = Erasure(patience)
    identity = sharing == .shared ? try FileIdentity(of: path) : nil
    checkedSchema = Atomic(
      try database.read { db in
        try Schema.check(db)
        return try Schema.number(db)
      })
    self.database = database
  }

  /// Makes a new, empty database, readable by its owner only, with the current schema.
  package static func create(at path: String) throws -> Store {
    let file = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw errno == EEXIST ? StorageError.exists(path: path) : .inaccessible(path: path, error: errno)
    }
    Glibc.close(file)
    return try install(at: path, .shared)
  }

  /// Makes one in a file that was reserved for it. Nobody else may open it until it is closed and published.
  package static func create(in file: NewFile) throws -> Store { try install(at: file.path, .exclusive) }

  private static func install(at path: String, _ sharing: Sharing) throws -> Store {
    try StorageError.translating {
      try Store(path: path, sharing) { database in
        try database.writeWithoutTransaction { db in try Schema.install(in: db) }
      }
    }
  }

  /// Opens an existing database, after comparing its schema with what the migrations make.
  package static func open(at path: String, _ sharing: Sharing = .shared) throws -> Store {
    _ = try FileIdentity(of: path)
    return try StorageError.translating {
      try Schema.requireOurs(at: path)
      return try Store(path: path, sharing)
    }
  }

  package func read<T>(_ body: (ReadTransaction) throws -> T) throws -> T {
    try requireSameFile()
    return try StorageError.translating { try database.read { db in try body(ReadTransaction(db)) } }
  }

  /// Runs `body` in `BEGIN IMMEDIATE`. When this returns, the commit has the durability asked for.
  package func write<T: Sendable>(
    _ durability: Durability, _ body: @escaping @Sendable (WriteTransaction) throws -> T
  ) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.writeNow(durability, body) }) }
    }
  }

  private func writeNow<T>(_ durability: Durability, _ body: (WriteTransaction) throws -> T) throws -> T {
    try requireSameFile()
    let result = try StorageError.translating {
      try database.writeWithoutTransaction { db in
        try Connection.setSynchronous(durability, in: db)
        var result: T?
        var leavesResidue = false
        try db.inTransaction(.immediate) {
          try self.checkSchemaIfChanged(db)
          let transaction = WriteTransaction(db)
          result = try body(transaction)
          leavesResidue = transaction.leavesResidue
          return .commit
        }
        erasure.settle(db, erased: leavesResidue)
        return result!
      }
    }
    commits.signal()
    return result
  }

  /// A look at the name costs a microsecond.
  private func requireSameFile() throws {
    guard let identity, (try? FileIdentity(of: path)) != identity else { return }
    throw StorageError.replaced(path: path)
  }

  private func checkSchemaIfChanged(_ db: Database) throws {
    let number = try Schema.number(db)
    guard number != checkedSchema.load(ordering: .relaxed) else { return }
    try Schema.check(db)
    checkedSchema.store(number, ordering: .relaxed)
  }

  /// Closes the database, and moves what stands in the log into its file, where no other process reads from the log.
  /// (SQLite would, but not when the pool's last connection is one that only reads.)
  package func close() throws {
    try StorageError.translating {
      if sharing == .shared { database.writeWithoutTransaction { db in erasure.settle(db, erased: true) } }
      try database.close()
    }
  }

  private static func connect(
    _ path: String, _ sharing: Sharing, _ patience: Patience
  ) throws -> any DatabaseWriter {
    let configuration = Connection.configuration(patience, isReadOnly: sharing == .readOnly)
    guard sharing == .shared else { return try DatabaseQueue(path: path, configuration: configuration) }
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.read { try Connection.requireWriteAheadLog($0) }
    return pool
  }
}
