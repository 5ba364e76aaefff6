import Foundation
import Sealing
import Storage

extension Custodian {
  /// Writes a copy of the vault as it is now to `path`, and its manifest beside it, while readers and writers go on.
  /// Both appear only after the copy has been proven, every row and every sealed value of it.
  ///
  /// Rows that do not verify are copied as they are and named in the manifest: a damaged vault needs backups too.
  package func backUp(to path: String, by actor: Actor) async throws -> BackupManifest {
    let file = try NewFile.reserve(path)
    do {
      let beside = try reserveManifest(of: path)
      do {
        let manifest = try await write(file, beside, by: actor)
        try beside.publish()
        do { try file.publish() } catch {
          beside.withdraw()
          throw error
        }
        return manifest
      } catch {
        beside.discard()
        throw error
      }
    } catch {
      file.discard()
      throw error
    }
  }

  /// The manifest is published first, so a backup that has its name has its manifest; one without a backup is what an
  /// interrupted run left.
  private func reserveManifest(of path: String) throws -> NewFile {
    do {
      return try NewFile.reserve(BackupManifest.path(of: path))
    } catch StorageError.exists(let manifest) {
      throw StorageError.unfinished(path: manifest)
    }
  }

  private func write(_ file: NewFile, _ beside: NewFile, by actor: Actor) async throws -> BackupManifest {
    let manifest = try await snapshot(into: file)
    try beside.fill(SealedManifest(manifest, keys: keys).bytes)
    let entry = AuditEntry(
      NotedAction.backup.rawValue, "vault/\(vaultID)", workspace: nil, by: actor,
      detail: ["sha256": manifest.snapshot.sha256, "quarantined": String(manifest.quarantined.count)])
    try await change(entry) { _ in }
    return manifest
  }

  /// Copies, and proves the copy with the keys of this vault. The file's hash is taken when nobody has it open.
  private func snapshot(into file: NewFile) async throws -> BackupManifest {
    try store.snapshot(into: file)
    let copy = Custodian(store: try Store.open(at: file.path, .readOnly), keys: keys, clocks: clocks)
    var manifest: BackupManifest
    do {
      manifest = try copy.described()
      try await copy.close()
    } catch {
      try? await copy.close()
      throw error
    }
    let digest = try FileDigest(of: file.path)
    manifest.snapshot = BackupManifest.Snapshot(digest)
    return manifest
  }

  /// What this copy contains, each row of it proven.
  private func described() throws -> BackupManifest {
    let report = try proof()
    return try view { view in
      let vault = try view.vaultRow()
      return BackupManifest(
        vault: vaultID, createdAt: view.now.text, schema: view.tx.schemaVersion, rootEpoch: vault.rootEpoch,
        incarnation: vault.incarnation, tables: try view.tx.tableCounts(), generations: report.generations,
        audit: try view.logEnd(), snapshot: .init(bytes: 0, sha256: ""), quarantined: report.damage)
    }
  }
}

extension CustodyView {
  /// The newest entry of the audit log.
  func logEnd() throws -> BackupManifest.LogEnd {
    guard let last = try tx.auditHead() else { throw CustodyError.integrity(table: AuditRow.table, key: "1") }
    return BackupManifest.LogEnd(sequence: last.sequence, hash: Hex.encode(last.hash))
  }
}

extension VerificationReport {
  /// Everything that does not hold, by name.
  var damage: [String] { (problems + (audit.problem.map { ["audit/\($0.sequence)"] } ?? [])).sorted() }
}
