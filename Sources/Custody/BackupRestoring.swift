import Foundation
import Storage

extension OpenedBackup {
  /// Copies the backup into a reserved file, lets `body` make the next incarnation of it in one transaction, proves the
  /// result, and moves it to its place. Until then the place stays empty; a backup that was looked at is not changed.
  package func restore<T: Sendable>(
    into file: NewFile, clocks: Clocks, _ body: @escaping @Sendable (CustodyChange) throws -> T
  ) async throws -> T {
    guard let custodian else { throw CustodyError.refused("the backup does not open as a vault") }
    do {
      try custodian.store.snapshot(into: file)
      let copy = Custodian(
        store: try Store.open(at: file.path, .exclusive), keys: custodian.keys, clocks: clocks)
      let result: T
      do {
        result = try await copy.amend(body)
        try copy.requireNothingNew(since: report)
        try await copy.close()
      } catch {
        try? await copy.close()
        throw error
      }
      try file.publish()
      return result
    } catch {
      file.discard()
      throw error
    }
  }
}

extension Custodian {
  /// The restored vault has no row that does not verify but those that the backup had.
  fileprivate func requireNothingNew(since report: BackupReport) throws {
    let found = Set(try proof().damage).subtracting(report.quarantined)
    guard let first = found.sorted().first else { return }
    let parts = first.split(separator: "/", maxSplits: 1).map(String.init)
    throw CustodyError.integrity(table: parts[0], key: parts.count > 1 ? parts[1] : "?")
  }
}
