import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("backups")
struct BackupTests {
  private func backup(_ vault: TestVault) -> String { "\(vault.folder.path)/backup.db" }
  private func manifest(_ vault: TestVault) -> String { BackupManifest.path(of: backup(vault)) }

  private func report(_ vault: TestVault, rootKey: RootKeySource? = nil) async throws -> BackupReport {
    let opened = try await OpenedBackup.open(at: backup(vault), rootKey: rootKey ?? vault.rootKey, clocks: .fixed)
    try await opened.close()
    return opened.report
  }

  private func files(_ vault: TestVault) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: vault.folder.path).filter { $0.hasPrefix("backup") }.sorted()
  }

  @Test("a backup is one file and its manifest, its owner's alone, and sound for every key that opens it")
  func made() async throws {
    let vault = try await TestVault.make()
    let made = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    #expect(try files(vault) == ["backup.db", "backup.db.manifest.json"])
    for file in try files(vault) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(vault.folder.path)/\(file)")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
    #expect(made.tables["credentials"] == 6 && made.quarantined == [])
    #expect(made.generations[vault.first.workspace.text]?["1"] ?? 0 > 0)
    let recovery = try vault.folder.write(vault.recoveryKey, to: "recovery")
    for key in [vault.rootKey, .recovery(path: recovery)] {
      let report = try await report(vault, rootKey: key)
      #expect(report.isSound && report.manifest == made)
    }
    #expect(try files(vault) == ["backup.db", "backup.db.manifest.json"], "looking leaves nothing behind")
  }

  @Test("while others write, every backup is of one moment")
  func underWay() async throws {
    let vault = try await TestVault.make()
    let (first, folder) = (vault.first, vault.folder.path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<2 {
        group.addTask {
          for number in 0..<40 { try await vault.custodian.put("\(writer)-\(number)", to: first.integrations[writer], in: first) }
        }
      }
      group.addTask {
        for number in 0..<4 {
          let file = "\(folder)/backup-\(number).db"
          _ = try await vault.custodian.backUp(to: file, by: .commandLine)
          let opened = try await OpenedBackup.open(at: file, rootKey: vault.rootKey, clocks: .fixed)
          try await opened.close()
          #expect(opened.report.isSound, "\(opened.report.problems) \(opened.report.quarantined)")
        }
      }
      try await group.waitForAll()
    }
    #expect(try await vault.custodian.verify().problems == [])
  }

  @Test("a byte that was turned over anywhere in the file is found")
  func flipped() async throws {
    let vault = try await TestVault.make()
    _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    let whole = try Data(contentsOf: URL(filePath: backup(vault)))
    for step in 0..<60 {
      var bytes = whole
      bytes[(whole.count - 1) * step / 59] ^= 0x41
      try bytes.write(to: URL(filePath: backup(vault)))
      let report = try await report(vault)
      #expect(!report.isSound && report.problems.first == "the file is not the one that the manifest describes")
    }
    try whole.write(to: URL(filePath: backup(vault)))
    #expect(try await report(vault).isSound)
  }

  @Test("a changed row is found even where the manifest was made to fit")
  func forgedRow() async throws {
    let vault = try await TestVault.make()
    _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    try Attacker(backup(vault)).run("UPDATE credentials SET scopes = 'all' WHERE rowid = 1")
    let digest = try FileDigest(of: backup(vault))
    let old = try JSONDecoder().decode(SealedManifest.self, from: Data(contentsOf: URL(filePath: manifest(vault))))
    let text = try String(contentsOfFile: manifest(vault), encoding: .utf8)
    try text.replacing(old.backup.snapshot.sha256, with: Hex.encode(digest.sha256))
      .write(toFile: manifest(vault), atomically: false, encoding: .utf8)
    let report = try await report(vault)
    #expect(!report.isGenuine && report.problems == ["its manifest was not made by this vault"])
    #expect(report.quarantined.count == 1 && report.quarantined[0].hasPrefix("credentials/"))
  }

  @Test(
    "a changed manifest is nobody's",
    arguments: [
      (#""incarnation":0"#, #""incarnation":1"#), (#""credentials":6"#, #""credentials":5"#),
      (#""root_epoch":1"#, #""root_epoch":2"#), (#""quarantined":[]"#, #""quarantined":["credentials/x/1"]"#),
      (#""created_at":"20"#, #""created_at":"30"#),
    ])
  func forgedManifest(from: String, to: String) async throws {
    let vault = try await TestVault.make()
    _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    let text = try String(contentsOfFile: manifest(vault), encoding: .utf8)
    #expect(text.contains(from))
    try text.replacing(from, with: to).write(toFile: manifest(vault), atomically: false, encoding: .utf8)
    let report = try await report(vault)
    #expect(!report.isGenuine && !report.isSound)
    try FileManager.default.removeItem(atPath: manifest(vault))
    #expect(try await self.report(vault).isSound == false)
  }

  @Test("another vault's key does not open it")
  func foreign() async throws {
    let (vault, other) = (try await TestVault.make(), try await TestVault.empty())
    _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    let error = await #expect(throws: CustodyError.self) { _ = try await report(vault, rootKey: other.rootKey) }
    guard case .locked = error else { throw try #require(error) }
  }

  @Test("a damaged vault is backed up as it is, and the manifest says so")
  func damaged() async throws {
    let vault = try await TestVault.make()
    try vault.folder.attack("UPDATE credentials SET scopes = 'all' WHERE rowid = 1")
    let made = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    let name = "credentials/\(vault.first.integrations[0].text)/1"
    #expect(made.quarantined == [name])
    let report = try await report(vault)
    #expect(report.isGenuine && !report.isSound && report.problems == [] && report.quarantined == [name])
  }

  @Test("what is there already is left alone, and what an interrupted run left is named")
  func occupied() async throws {
    let vault = try await TestVault.make()
    for name in ["backup.db", "backup.db.manifest.json", "backup.db-journal"] {
      let file = try vault.folder.write("mine", to: name)
      let isManifest = name.hasSuffix(".json")
      let error = isManifest ? StorageError.unfinished(path: file) : .exists(path: file)
      await #expect(throws: error, "a manifest without its backup is what an interrupted run left") {
        _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
      }
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
      try FileManager.default.removeItem(atPath: file)
      #expect(try files(vault) == [])
    }
    let left = try vault.folder.write("half", to: "backup.db.partial")
    await #expect(throws: StorageError.unfinished(path: left)) {
      _ = try await vault.custodian.backUp(to: backup(vault), by: .commandLine)
    }
    #expect(try files(vault) == ["backup.db.partial"])
  }
}
