import Foundation
import Sealing
import Storage

/// Rows of one transaction, each proven by its MAC before anybody sees it.
package class CustodyView {
  let tx: ReadTransaction
  let keys: VaultKeys
  package let now: Instant
  private var rings: [UUID: KeyRing] = [:]

  init(_ tx: ReadTransaction, keys: VaultKeys, now: Instant) {
    self.tx = tx
    self.keys = keys
    self.now = now
  }

  /// The verified row with this primary key, or `nil`.
  package func row<R: TenantRow>(_: R.Type = R.self, _ key: ColumnValue...) throws -> R? {
    try rows(R.self, matching: R.matching(key), limit: 1).first
  }

  /// The verified rows whose columns equal the given values.
  package func rows<R: TenantRow>(
    _: R.Type = R.self, matching: [String: ColumnValue], limit: Int = Int.max
  ) throws -> [R] {
    try tx.rows(R.self, matching: matching, limit: limit).map(verified)
  }

  /// The row, proven by its MAC and held against the audit log: neither an old row that somebody put back nor one of
  /// another vault with the same keys (a second restore of a backup) is honoured.
  package func verified<R: TenantRow>(_ row: R) throws -> R {
    let ring: KeyRing
    do { ring = try self.ring(row.workspace) } catch CustodyError.notFound { throw integrity(row) }
    try keys.requireMAC(row, in: ring)
    try requireNewest(row)
    return row
  }

  /// Holds a row against the log, and against what this transaction is about to tell it.
  func requireNewest<R: StoredRow>(_ row: R) throws {
    guard let pending = pendingChange(of: row) else { return try tx.requireNewest(row, keys: keys) }
    guard pending.digest == row.digest(vault: keys.vault) else { throw integrity(row) }
  }

  /// What this transaction has done to the row so far.
  func pendingChange<R: StoredRow>(of row: R) -> RowChange? { nil }

  /// The workspace's key ring as this transaction sees it.
  func ring(_ workspace: UUID) throws -> KeyRing {
    if let ring = rings[workspace] { return ring }
    let ring = try keys.ring(workspace, in: tx) { try requireNewest($0) }
    rings[workspace] = ring
    return ring
  }

  /// The integration, if it is this workspace's (and this customer's, where one is named: byte for byte, since text that
  /// only looks the same is equal to Swift).
  /// - Throws: `notFound`: one answer for missing and foreign ones.
  package func integration(_ id: UUID, workspace: UUID, customer: String? = nil) throws -> IntegrationRow {
    guard let row = try row(IntegrationRow.self, .uuid(id)), row.workspace == workspace,
      customer.map({ row.customer.utf8.elementsEqual($0.utf8) }) ?? true
    else { throw CustodyError.notFound }
    return row
  }

  package func workspace(_ id: UUID) throws -> WorkspaceRow {
    guard let row = try row(WorkspaceRow.self, .uuid(id)) else { throw CustodyError.notFound }
    return row
  }

  package func workspaces() throws -> [WorkspaceRow] { try rows(WorkspaceRow.self) }

  package func connector(_ slug: String, workspace: UUID) throws -> ConnectorRow? {
    try rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace), "slug": .text(slug)])
      .first { $0.removedAt == nil }
  }

  /// Forgets a ring that this transaction has replaced.
  func forgetRing(_ workspace: UUID) { rings[workspace] = nil }

  /// Rows that carry no MAC (schedules, the audit log), and rows that are yet to be proven.
  package var unauthenticated: ReadTransaction { tx }
}
