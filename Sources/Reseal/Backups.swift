import Custody
import Foundation
import Renewal
import Storage

/// Copies of the vault: made, proven, restored.
package struct Backups: Sendable {
  private let custodian: Custodian
  private let refresher: Refresher

  init(custodian: Custodian, refresher: Refresher) {
    self.custodian = custodian
    self.refresher = refresher
  }

  /// Writes a proven copy and its manifest; see `Custodian.backUp`. What waits in the spool is stored first, as far as
  /// it is this process's to store: a copy without it may lack the only living token of an integration.
  /// - Parameter path: a new file, or a folder, in which the file is named after vault and time.
  package func create(at path: String, by actor: Actor) async throws -> MadeBackup {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let file = exists && isFolder.boolValue ? "\(path)/\(name(at: custodian.clocks.now()))" : path
    await refresher.collectSpooled()
    let before = refresher.spooled
    let manifest = try await custodian.backUp(to: file, by: actor)
    return MadeBackup(file: file, manifest: manifest, omitted: before.joined(refresher.spooled))
  }

  private func name(at now: Instant) -> String {
    "reseal-\(custodian.vaultID.prefix(8))-\(now.text.filter { $0 != "-" && $0 != ":" }).db"
  }

  /// Access keys and certificates that a restore has put out of use.
  package func unconfirmed() throws -> (accessKeys: [AccessKeyRow], certificates: [CertificateRow]) {
    try custodian.view { try $0.unconfirmed() }
  }

  /// Puts them into use again. Those that must not be are revoked or retired before.
  package func confirm(by actor: Actor) async throws {
    let vault = custodian.vaultID
    try await custodian.amend { change in
      let (accessKeys, certificates) = try change.unconfirmed()
      for var row in accessKeys {
        row.disabledAt = nil
        try change.update(row)
      }
      for var row in certificates {
        row.state = .live
        try change.update(row)
      }
      try change.record(
        AuditEntry(
          "backup.confirm", "vault/\(vault)", workspace: nil, by: actor,
          detail: ["access_keys": String(accessKeys.count), "certificates": String(certificates.count)]))
    }
  }
}

/// A backup, and what it could not have.
package struct MadeBackup: Sendable {
  package let file: String
  package let manifest: BackupManifest
  /// Replies that lay in the spool when it was begun, or when it was done.
  package let omitted: SpoolReport
}

extension CustodyView {
  /// Those that verify: nobody can confirm the others.
  fileprivate func unconfirmed() throws -> (accessKeys: [AccessKeyRow], certificates: [CertificateRow]) {
    let accessKeys = try unauthenticated.rows(AccessKeyRow.self, matching: ["revoked_at": .null])
    let certificates = try unauthenticated.rows(
      CertificateRow.self, matching: ["state": .word(CertificateState.disabled)])
    return (
      try accessKeys.filter { $0.disabledAt != nil }.compactMap { try ifSound($0) },
      try certificates.compactMap { try ifSound($0) }
    )
  }
}

/// Bringing a backup back.
package struct BackupRestore: Sendable {
  private let backup: OpenedBackup
  private let clocks: Clocks

  /// Looks at the backup as `backup verify` does.
  package static func open(
    _ file: String, rootKey: RootKeySource, clocks: Clocks = .system
  ) async throws -> BackupRestore {
    BackupRestore(
      backup: try await OpenedBackup.open(at: file, rootKey: rootKey, clocks: clocks), clocks: clocks)
  }

  package var report: BackupReport { backup.report }

  package func close() async throws { try await backup.close() }

  /// Makes a vault of it at `database`, where nothing may be yet.
  /// - Parameters:
  ///   - originalIsGone: the vault of the backup serves and refreshes no more, so nobody has used its tokens since.
  ///   - quarantine: restore although rows do not verify: they stay where they are, serve nobody, and are named.
  package func restore(
    to database: String, originalIsGone: Bool, quarantine: Bool, by actor: Actor
  ) async throws -> RestorationCount {
    guard report.isGenuine, let vault = report.manifest?.vault else {
      throw CustodyError.refused("there is no manifest of this vault beside it, so nobody vouches for the file")
    }
    guard report.isSound || quarantine else {
      throw CustodyError.refused("the backup is not sound")
    }
    let file = try NewFile.reserve(database)
    let rows = report.quarantined
    return try await backup.restore(into: file, clocks: clocks) { change in
      try change.restore(originalIsGone: originalIsGone, quarantined: rows, vault: vault, by: actor)
    }
  }
}
