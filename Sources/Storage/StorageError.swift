internal import GRDB

/// What can go wrong with the file underneath, in words that say what to do. No GRDB type leaves this target.
package enum StorageError: Error, Equatable {
  /// There is no database at the path.
  case missing(path: String)
  /// There is one already, where a new one was to be made.
  case exists(path: String)
  /// A file that was being made is left over, or is being made right now.
  case unfinished(path: String)
  /// Another file stands at the path than the one that was opened.
  case replaced(path: String)
  /// The file is a database, but not this program's, or of another schema version.
  case foreignSchema(found: Int, expected: Int)
  /// `sqlite_schema` differs from what the migrations make: names the first object that does.
  case schemaTampered(object: String)
  /// Another process held the write lock longer than the time-out.
  case busy
  /// The disk is full, or the database cannot be written, by SQLite's extended result code.
  case unwritable(code: Int)
  /// A file cannot be made, read or written, by the system's `errno`.
  case inaccessible(path: String, error: Int32)
  /// A row's columns do not have the types that the schema promises.
  case malformedRow(table: String)
  /// A row that must be new is there already.
  case conflict(table: String)
  /// A row refers to one that is not there: somebody took it away.
  case dangling(table: String)
  /// SQLite reports damage to the file.
  case corrupt
  /// Anything else, by SQLite's extended result code.
  case engine(code: Int)

  /// The one place where the database's errors become ours.
  static func translating<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }

  private init(_ error: DatabaseError) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
      self = .unwritable(code: Int(error.extendedResultCode.rawValue))
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt
    case .SQLITE_CONSTRAINT:
      self = error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY ? .dangling(table: "") : .conflict(table: "")
    default: self = .engine(code: Int(error.extendedResultCode.rawValue))
    }
  }
}
