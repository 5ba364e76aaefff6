import Foundation
import Sealing
import Storage

/// What was found out about a backup.
package struct BackupReport: Sendable, Codable, Equatable {
  /// `nil` where there is none that can be read.
  package var manifest: BackupManifest?
  /// Whether the manifest bears this vault's MAC: only then does what it says count.
  package var isGenuine = false
  /// What does not hold of the file as a whole, in words.
  package var problems: [String] = []
  /// `table/key` of the rows that do not verify.
  package var quarantined: [String] = []

  package var isSound: Bool { isGenuine && problems.isEmpty && quarantined.isEmpty }
}

/// A backup that has been looked at, read-only.
package struct OpenedBackup: Sendable {
  package let report: BackupReport
  /// Over the snapshot; `nil` where it does not open as a vault.
  let custodian: Custodian?

  /// Compares a backup with its manifest and proves every row and every sealed value of it. Writes nothing.
  /// - Throws: `missing` without a file, `locked` for a key that does not open it.
  package static func open(at path: String, rootKey: RootKeySource, clocks: Clocks) async throws -> OpenedBackup {
    // Before SQLite has the file open: see `FileDigest`.
    let digest = try FileDigest(of: path)
    var report = BackupReport()
    let sealed = read(BackupManifest.path(of: path), into: &report)
    if let sealed, BackupManifest.Snapshot(digest) != sealed.backup.snapshot {
      report.problems.append("the file is not the one that the manifest describes")
    }
    do {
      let custodian = try await Custodian.open(at: path, rootKey: rootKey, clocks: clocks, sharing: .readOnly)
      do {
        try prove(custodian, sealed, into: &report)
      } catch {
        try? await custodian.close()
        throw error
      }
      return OpenedBackup(report: report, custodian: custodian)
    } catch {
      // An untouched file that does not open tells about the key; a changed one about itself.
      guard !report.problems.isEmpty, sealed != nil else { throw error }
      report.problems.append("it does not open as a vault")
      return OpenedBackup(report: report, custodian: nil)
    }
  }

  package func close() async throws { try await custodian?.close() }

  private static func read(_ path: String, into report: inout BackupReport) -> SealedManifest? {
    guard let data = FileManager.default.contents(atPath: path) else {
      report.problems.append("its manifest \(path) is missing or cannot be read")
      return nil
    }
    guard let sealed = try? JSONDecoder().decode(SealedManifest.self, from: data),
      sealed.backup.format == BackupManifest.currentFormat
    else {
      report.problems.append("its manifest \(path) is none")
      return nil
    }
    report.manifest = sealed.backup
    return sealed
  }

  private static func prove(
    _ custodian: Custodian, _ sealed: SealedManifest?, into report: inout BackupReport
  ) throws {
    report.isGenuine = sealed?.isGenuine(custodian.keys) ?? false
    if sealed != nil, !report.isGenuine { report.problems.append("its manifest was not made by this vault") }
    report.quarantined = try custodian.proof().damage
    guard let manifest = sealed?.backup else { return }
    let (counts, end) = try custodian.view { (try $0.tx.tableCounts(), try $0.logEnd()) }
    if end != manifest.audit { report.problems.append("the audit log ends elsewhere than the manifest says") }
    for table in Set(counts.keys).union(manifest.tables.keys).sorted() where counts[table] != manifest.tables[table] {
      report.problems.append("\(table): \(counts[table] ?? 0) rows, where the manifest has \(manifest.tables[table] ?? 0)")
    }
  }
}

extension BackupManifest {
  /// Where the manifest of a snapshot stands.
  package static func path(of snapshot: String) -> String { snapshot + ".manifest.json" }
}

extension BackupManifest.Snapshot {
  init(_ digest: FileDigest) { self.init(bytes: digest.bytes, sha256: Hex.encode(digest.sha256)) }
}
