import Foundation
import Sealing
import Storage

/// A transaction that changes rows. It commits together with its audit entries, or not at all: whatever is inserted,
/// updated or deleted here stands in the log with its digest, and nothing else can write an authenticated row. Each
/// write is read back, so that nothing undoes it unseen.
package final class CustodyChange: CustodyView {
  private let write: WriteTransaction
  private var entries: [AuditEntry] = []
  private var changes: [RowChange] = []
  private var noted: [RowName: Int] = [:]
  private(set) var openings: [PendingOpening] = []

  init(_ tx: WriteTransaction, keys: VaultKeys, now: Instant) {
    write = tx
    super.init(tx, keys: keys, now: now)
  }

  package func insert<R: TenantRow>(_ row: R) throws {
    let row = try sealed(row)
    try write.insert(row)
    try requireStored(row)
    note(row, workspace: row.workspace)
  }

  package func update<R: TenantRow>(_ row: R) throws {
    let row = try sealed(row)
    try write.update(row)
    try requireStored(row)
    note(row, workspace: row.workspace)
  }

  package func delete<R: TenantRow>(_: R.Type, _ key: ColumnValue...) throws {
    let matching = R.matching(key)
    guard try tx.count(R.self, matching: matching) > 0 else { return }
    try write.delete(R.self, matching: matching)
    try requireGone(R.self, key)
    note(RowChange(table: R.table, key: key.keyText, workspace: nil, digest: nil))
  }

  func put(_ row: KeyRingRow, isNew: Bool) throws {
    try isNew ? insert(row) : update(row)
    forgetRing(row.workspace)
  }

  /// Another line in the audit log, beside the one that the change was begun with.
  package func record(_ entry: AuditEntry) throws { entries.append(entry) }

  /// An opening, recorded before it happens: once the transaction stands, it makes what `Custodian.open` asks for.
  package func recordOpening(of credential: CredentialRow, by actor: Actor, purpose: String) throws -> PendingOpening {
    entries.append(
      AuditEntry(
        "credential.open", "integration/\(credential.integration.text)", workspace: credential.workspace, by: actor,
        detail: ["version": String(credential.version), "purpose": purpose]))
    return pending(credential.place)
  }

  package func recordOpening(of secret: SealedSecretRow, by actor: Actor, purpose: String) throws -> PendingOpening {
    entries.append(
      AuditEntry("secret.open", secret.name, workspace: secret.workspace, by: actor, detail: ["purpose": purpose]))
    return pending(secret.place)
  }

  /// Writes of the one table without a MAC: schedules, with their claims.
  package var unauthenticatedWrites: UnauthenticatedWrites { UnauthenticatedWrites(write) }

  /// Every write there is, for custody's own tables.
  var everyWrite: WriteTransaction { write }

  /// Whether today's audit key signs nothing after this transaction: for when others know it. What follows is signed by a
  /// key that they have not.
  var endsAuditKeyRange = false

  /// A name for the fault points of a transaction that the log has nothing to say of.
  var quietStep: String?

  /// What the transaction is called in the log.
  var step: String? { entries.last?.action ?? changes.first?.entry.action ?? quietStep }

  /// Appends what was recorded to the log.
  func finish(in log: AuditLog) throws -> AuditSight? {
    try log.append(entries, changes, isLastOfKey: endsAuditKeyRange, in: write, at: now)
  }

  private func pending(_ place: OpeningPlace) -> PendingOpening {
    let opening = PendingOpening(place)
    openings.append(opening)
    return opening
  }

  func note<R: StoredRow>(_ row: R, workspace: UUID? = nil) {
    note(
      RowChange(table: R.table, key: row.keyText, workspace: workspace, digest: row.digest(vault: keys.vault)))
  }

  override func pendingChange<R: StoredRow>(of row: R) -> RowChange? {
    noted[RowName(row)].map { changes[$0] }
  }

  /// What is said last about a row counts.
  func note(_ change: RowChange) {
    let name = RowName(table: change.table, key: change.key)
    if let index = noted[name] {
      changes[index] = change
    } else {
      noted[name] = changes.count
      changes.append(change)
    }
  }

  /// The row under the primary generation. A value that was sealed just before a rotation moves along.
  private func sealed<R: TenantRow>(_ row: R) throws -> R {
    let ring = try ring(row.workspace)
    let primary = try ring.primary()
    return keys.sealed(try keys.carried(row, in: ring, to: primary), under: primary)
  }
}

extension CredentialRow {
  var place: OpeningPlace {
    OpeningPlace(workspace: workspace, integration: integration, secret: nil, version: version)
  }
}

extension SealedSecretRow {
  var place: OpeningPlace { OpeningPlace(workspace: workspace, integration: nil, secret: name, version: version) }
}
