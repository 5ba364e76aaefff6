import Catalogue
import Custody
import Glibc
import Storage

/// What a caller of the library cannot plan for.
public enum VaultError: Error, Sendable, Equatable {
  /// No root key, or the wrong one: says what to do. Nothing was read.
  case locked(String)
  /// Not there, or not this workspace's and customer's.
  case notFound
  /// The credential has no field of that name.
  case noSuchField(String)
  /// A row is not what the vault wrote: names it. No value was returned.
  case integrity(String)
  /// The database or the provider files cannot be used: says why.
  case unusable(String)

  init(_ error: any Error) {
    switch error {
    case let error as VaultError: self = error
    case CustodyError.locked(let what): self = .locked(what)
    case CustodyError.notFound: self = .notFound
    case CustodyError.integrity(let table, let key): self = .integrity("\(table)/\(key)")
    case CustodyError.refused(let what): self = .unusable(what)
    case StorageError.malformedRow(let table), StorageError.dangling(let table): self = .integrity(table)
    case StorageError.schemaTampered(let object): self = .integrity(object)
    case StorageError.corrupt, StorageError.replaced: self = .integrity("the database file")
    default: self = .unusable(Explanation.text(of: error))
    }
  }
}

/// Errors of the targets below, in words for people that say what to do.
package enum Explanation {
  package static func text(of error: any Error) -> String {
    switch error {
    case let error as StorageError: storage(error)
    case let error as CustodyError: custody(error)
    case CatalogueError.unreadable(let path): "the provider files in \(path) cannot be read"
    case CatalogueError.invalid(let problems): problems.map(\.description).joined(separator: "\n")
    default: "\(error)"
    }
  }

  private static func custody(_ error: CustodyError) -> String {
    switch error {
    case .locked(let what): "the vault is locked: \(what)"
    case .integrity(let table, let key):
      "integrity failure: \(table)/\(key) is not what this vault wrote. No value was returned. Run `reseal verify`."
    case .notFound: "not found"
    case .refused(let what): what
    case .superseded: "something else changed it at the same time; try again"
    }
  }

  private static func storage(_ error: StorageError) -> String {
    switch error {
    case .missing(let path): "there is no database at \(path). Make one: reseal init --database \(path) --root-key file:PATH"
    case .exists(let path): "there is \(path) already; it was left as it is"
    case .unfinished(let path):
      "\(path) is left over from a run that was interrupted, or belongs to one that is under way. If nothing runs, remove it and try again"
    case .replaced(let path):
      "integrity failure: another file was put at \(path) while it was open. Nothing is read or written any more; start again with the right one."
    case .foreignSchema(let found, let expected):
      found == 0
        ? "the file is not a Reseal database; it was left as it is"
        : "the database has schema \(found), this program needs \(expected); it was left as it is"
    case .schemaTampered(let object):
      "integrity failure: the schema differs from the migrations at \(object). Nothing was read or written."
    case .busy: "another process holds the database; try again"
    case .unwritable(let code): "the database cannot be written (code \(code)): is the disk full, or read-only?"
    case .inaccessible(let path, let error): "\(path) cannot be read or written: \(String(cString: strerror(error)))"
    case .malformedRow(let table): "integrity failure: a row of \(table) is malformed"
    case .conflict(let table): "there is such a row already in \(table)"
    case .dangling(let table):
      "integrity failure: a row of \(table) refers to one that is not there. Nothing was written. Run `reseal verify`."
    case .corrupt: "integrity failure: the database file is damaged"
    case .engine(let code): "the database engine failed with code \(code)"
    }
  }
}
