import Foundation
import Sealing
import Storage

/// Rows of one transaction, each proven by its MAC before anybody sees it.
package class CustodyView {
  let tx: ReadTransaction
  let keys: VaultKeys
  package let now: Instant

  init(_ tx: ReadTransaction, keys: VaultKeys, now: Instant) {
    self.tx = tx
    self.keys = keys
    self.now = now
  }

  /// The verified row with this primary key, or `nil`.
  package func row<R: TenantRow>(_: R.Type = R.self, _ key: ColumnValue...) throws -> R? {
    let matching = Dictionary(uniqueKeysWithValues: zip(R.key, key))
    return try rows(R.self, matching: matching, limit: 1).first
  }

  /// The verified rows whose columns equal the given values.
  package func rows<R: TenantRow>(
    _: R.Type = R.self, matching: [String: ColumnValue], limit: Int = Int.max
  ) throws -> [R] {
    try tx.rows(R.self, matching: matching, limit: limit).map(verified)
  }

  package func verified<R: TenantRow>(_ row: R) throws -> R {
    let ring: KeyRing
    do { ring = try keys.ring(row.workspace, in: tx) } catch CustodyError.notFound { throw integrity(row) }
    try keys.requireMAC(row, in: ring)
    return row
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
    guard let row = try tx.row(WorkspaceRow.self, .uuid(id)) else { throw CustodyError.notFound }
    try keys.requireVaultMAC(row)
    return row
  }

  package func workspaces() throws -> [WorkspaceRow] {
    let rows = try tx.rows(WorkspaceRow.self)
    for row in rows { try keys.requireVaultMAC(row) }
    return rows
  }

  package func connector(_ slug: String, workspace: UUID) throws -> ConnectorRow? {
    try rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace), "slug": .text(slug)])
      .first { $0.removedAt == nil }
  }

  /// Rows that carry no MAC: schedules, events, the audit log.
  package var unauthenticated: ReadTransaction { tx }
}

/// A transaction that changes rows. It commits together with its audit entry, or not at all.
package final class CustodyChange: CustodyView {
  private let write: WriteTransaction

  init(_ tx: WriteTransaction, keys: VaultKeys, now: Instant) {
    write = tx
    super.init(tx, keys: keys, now: now)
  }

  package func insert<R: TenantRow>(_ row: R) throws { try write.insert(try sealed(row)) }

  package func update<R: TenantRow>(_ row: R) throws { try write.update(try sealed(row)) }

  package func delete<R: TenantRow>(_: R.Type, _ key: ColumnValue...) throws {
    try write.delete(R.self, matching: Dictionary(uniqueKeysWithValues: zip(R.key, key)))
  }

  package func insert(_ row: WorkspaceRow) throws { try write.insert(keys.sealed(row)) }

  package func update(_ row: WorkspaceRow) throws { try write.update(keys.sealed(row)) }

  /// Writes a key ring. The read-back inside the transaction finds a trigger that undoes it.
  func put(_ row: KeyRingRow, isNew: Bool) throws {
    let row = keys.sealed(row)
    try isNew ? write.insert(row) : write.update(row)
    guard try tx.row(KeyRingRow.self, .uuid(row.workspace))?.seal == row.seal else { throw integrity(row) }
  }

  /// Another line in the audit log, beside the one that the change was begun with.
  package func record(_ entry: AuditEntry) throws { _ = try write.append(entry.row(at: now)) }

  /// An opening, recorded before it happens: what `Custodian.open` asks for.
  package func recordOpening(of credential: CredentialRow, by actor: Actor, purpose: String) throws -> RecordedOpening {
    let sequence = try write.append(
      AuditEntry(
        "credential.open", "integration/\(credential.integration.text)", workspace: credential.workspace, by: actor,
        detail: ["version": String(credential.version), "purpose": purpose]
      ).row(at: now))
    return RecordedOpening(
      workspace: credential.workspace, integration: credential.integration, secret: nil, version: credential.version,
      sequence: sequence)
  }

  package func recordOpening(of secret: SealedSecretRow, by actor: Actor, purpose: String) throws -> RecordedOpening {
    let sequence = try write.append(
      AuditEntry(
        "secret.open", secret.name, workspace: secret.workspace, by: actor, detail: ["purpose": purpose]
      ).row(at: now))
    return RecordedOpening(
      workspace: secret.workspace, integration: nil, secret: secret.name, version: secret.version, sequence: sequence)
  }

  /// Writes of the tables without a MAC: schedules, events, transitions, spent secrets.
  package var unauthenticatedWrites: UnauthenticatedWrites { UnauthenticatedWrites(write) }

  /// Every write there is, for custody's own tables.
  var everyWrite: WriteTransaction { write }

  /// The row under the primary generation. A value that was sealed just before a rotation moves along: only its
  /// header is opened.
  private func sealed<R: TenantRow>(_ row: R) throws -> R {
    let ring = try keys.ring(row.workspace, in: tx)
    let primary = try ring.primary()
    if let sealedRow = row as? any SealedRow, sealedRow.sealed.generation != primary.number {
      return keys.sealed(try rewrapped(sealedRow, in: ring, to: primary) as! R, under: primary)
    }
    return keys.sealed(row, under: primary)
  }

  func rewrapped<R: SealedRow>(_ row: R, in ring: KeyRing, to primary: KeyGeneration) throws -> R {
    guard let old = ring.usable(row.sealed.generation) else { throw integrity(row) }
    var row = row
    do {
      row.sealed = try old.rewrap(row.sealed, in: row.context(vault: keys.vault), to: primary)
    } catch {
      throw integrity(row)
    }
    return row
  }
}

/// Proof that an opening stands in the audit log. Made only inside a change; it comes out of it with the commit, and
/// serves for the one purpose that was recorded.
package struct RecordedOpening: Sendable {
  let workspace: UUID
  let integration: UUID?
  let secret: String?
  let version: Int64
  let sequence: Int64
}
