import Foundation
import Sealing
import Storage

/// The only door to plaintext: holds the key ring, and the database together with it.
///
/// Every row that it hands out was proven by its MAC in the same transaction; every change commits with its audit
/// entry; every opening is recorded before it happens.
package final class Custodian: Sendable {
  let store: Store
  package let clocks: Clocks
  let keys: VaultKeys
  let log: AuditLog
  let openings: OpeningRecorder
  private let faults: Faults

  init(store: Store, keys: VaultKeys, clocks: Clocks, faults: Faults = .none) {
    self.store = store
    self.keys = keys
    self.clocks = clocks
    log = AuditLog(keys: keys)
    openings = OpeningRecorder()
    self.faults = faults
  }

  package var vaultID: String { keys.vault }

  /// Where the database is.
  package var path: String { store.path }

  /// A fault point of a step that is no transaction.
  package func reach(_ side: FaultPoint.Side, _ step: String) throws { try faults.reach(side, step) }

  /// Tells that something was committed by this process.
  package var commits: CommitSignal { store.commits }

  /// Writes down what is only counted yet, and closes the database. The custodian is of no use afterwards.
  package func close() async throws {
    await recordRepeats()
    try store.close()
  }

  /// Looks at verified rows. Runs where it is called: for point reads.
  package func view<T>(_ body: (CustodyView) throws -> T) throws -> T {
    try store.read { tx in try body(CustodyView(tx, keys: keys, now: clocks.now())) }
  }

  /// Changes rows and records `entry`, in one transaction that survives a power cut.
  package func change<T: Sendable>(
    _ entry: AuditEntry, durability: Store.Durability = .full,
    _ body: @escaping @Sendable (CustodyChange) throws -> T
  ) async throws -> T {
    try await amend(durability: durability) { change in
      let result = try body(change)
      try change.record(entry)
      return result
    }
  }

  /// Changes rows where what happened is known only inside: `body` records its own entries. Where it records none, the
  /// log says which rows changed.
  package func amend<T: Sendable>(
    durability: Store.Durability = .full, _ body: @escaping @Sendable (CustodyChange) throws -> T
  ) async throws -> T {
    let (keys, clocks, log, faults) = (keys, clocks, log, faults)
    let (result, sight, openings, step) = try await store.write(durability) { tx in
      let change = CustodyChange(tx, keys: keys, now: clocks.now())
      let result = try body(change)
      let sight = try change.finish(in: log)
      try faults.reach(.before, change.step)
      return (result, sight, change.openings, change.step)
    }
    try faults.reach(.after, step)
    if let sight { log.committed(sight) }
    for opening in openings { opening.commit() }
    return result
  }

  /// A keyed hash of a refresh token: tells two tokens apart, and neither from nothing.
  package func fingerprint(_ token: borrowing Secret) -> [UInt8] { Digest.keyed(keys.fingerprintKey, token) }

  /// The fingerprint of the refresh token among `fields`; `nil` without one.
  package func fingerprint(of fields: borrowing CredentialFields) -> [UInt8]? {
    guard let token = fields.secret("refresh_token") else { return nil }
    return fingerprint(token)
  }

  /// A keyed tag over something that is not secret, for links that only this vault can make.
  package func tag(_ label: String, _ message: [UInt8]) -> [UInt8] { keys.tag(label, message) }
}

extension Custodian {
  /// Seals a credential's fields for one version of an integration, to the primary generation.
  package func seal(
    _ fields: borrowing CredentialFields, integration: IntegrationRow, version: Int64
  ) throws -> SealedValue {
    let context = Context(
      vault: keys.vault, workspace: integration.workspace.text, customer: integration.customer,
      integration: integration.integration.text, name: "credential", version: UInt64(version))
    let primary = try store.read { tx in try keys.ring(integration.workspace, in: tx).primary() }
    let createdAt = UInt64(clocks.now().milliseconds)
    return fields.withEncoded { primary.seal($0, in: context, createdAt: createdAt) }
  }

  /// Seals anything else under its name.
  package func seal(
    _ secret: borrowing Secret, name: String, version: Int64 = 1, workspace: UUID, integration: IntegrationRow? = nil
  ) throws -> SealedSecretRow {
    try preparedSeal(name: name, version: version, workspace: workspace, integration: integration).seal(secret)
  }

  /// Everything that sealing takes, read beforehand: for what must be sealed even when the database cannot be read.
  package func preparedSeal(
    name: String, version: Int64 = 1, workspace: UUID, integration: IntegrationRow? = nil
  ) throws -> PreparedSeal {
    let primary = try store.read { tx in try keys.ring(workspace, in: tx).primary() }
    let row = SealedSecretRow(
      workspace: workspace, name: name, version: version, customer: integration?.customer ?? "",
      integration: integration?.integration.text ?? "", createdAt: clocks.now(),
      sealed: SealedValue(generation: 0, header: [], payload: []))
    return PreparedSeal(row, primary, vault: keys.vault, clocks: clocks)
  }

  /// Opens a credential, and spends the record of it.
  /// - Throws: `integrity`, without a reason.
  package func open(_ row: CredentialRow, spending opening: consuming RecordedOpening) throws -> CredentialFields {
    guard opening.place == row.place else { throw integrity(row) }
    return try CredentialFields(decoding: try unseal(row))
  }

  package func open(_ row: SealedSecretRow, spending opening: consuming RecordedOpening) throws -> Secret {
    guard opening.place == row.place else { throw integrity(row) }
    return try unseal(row)
  }

  private func unseal<R: SealedRow>(_ row: R) throws -> Secret {
    guard let generation = try store.read({ tx in try keys.ring(row.workspace, in: tx).usable(row.sealed.generation) })
    else { throw integrity(row) }
    do {
      return try generation.open(row.sealed, in: row.context(vault: keys.vault))
    } catch {
      throw integrity(row)
    }
  }
}

extension Custodian {
  /// Opens a named secret. The record is committed first.
  package func openSecret(
    _ name: String, version: Int64 = 1, workspace: UUID, by actor: Actor, purpose: String
  ) async throws -> Secret {
    let (row, opening) = try await amend(durability: .normal) { change in
      guard let row = try change.row(SealedSecretRow.self, .uuid(workspace), .text(name), .integer(version)) else {
        throw CustodyError.notFound
      }
      return (row, try change.recordOpening(of: row, by: actor, purpose: purpose))
    }
    return try open(row, spending: try opening.recorded())
  }
}

extension CustodyView {
  /// A version of this integration. What the head does not vouch for is not there.
  package func credential(of head: IntegrationRow, version: Int64) throws -> CredentialRow {
    guard let row = try row(CredentialRow.self, .uuid(head.integration), .integer(version)) else {
      throw head.currentVersion == version
        ? CustodyError.integrity(table: CredentialRow.table, key: "\(head.integration.text)/\(version)")
        : CustodyError.notFound
    }
    guard row.workspace == head.workspace, row.customer == head.customer else { throw integrity(row) }
    return row
  }
}
