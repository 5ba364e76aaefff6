import Foundation
import GRDB
import Sealing
import Testing

@testable import Custody
@testable import Storage

@Suite("restoring")
struct RestoreTests {
  private let floor: Int64 = 1 << 32

  /// A vault, its backup, and what it looks like when it was opened.
  private func backedUp() async throws -> (vault: TestVault, backup: OpenedBackup) {
    let vault = try await TestVault.make()
    let path = "\(vault.folder.path)/backup.db"
    _ = try await vault.custodian.backUp(to: path, by: .commandLine)
    return (vault, try await OpenedBackup.open(at: path, rootKey: vault.rootKey, clocks: .fixed))
  }

  private func restore(
    _ backup: OpenedBackup, of vault: TestVault, originalIsGone: Bool = false
  ) async throws -> (Custodian, DisabledCount) {
    let path = "\(vault.folder.path)/restored.db"
    let count = try await backup.restore(into: try NewFile.reserve(path), clocks: .fixed) { change in
      try change.beginIncarnation(originalIsGone: originalIsGone)
    }
    return (try await Custodian.open(at: path, rootKey: vault.rootKey, clocks: .fixed), count)
  }

  @Test("a row that cannot be read fails the restore: its key would stay in use")
  func unreadable() async throws {
    struct Done: Error {}
    let vault = try await TestVault.make()
    await #expect(throws: Done.self) {
      try await vault.custodian.amend { change in
        // Reading what the log says of an access key fails from here on, and of nothing else.
        try change.everyWrite.db.execute(
          sql: """
            ALTER TABLE audit_changes RENAME TO kept;
            CREATE VIEW audit_changes AS SELECT * FROM kept
            WHERE abs(iif(row_table = 'access_keys', -9223372036854775807 - 1, 1)) > 0
            """)
        #expect(try change.rows(CertificateRow.self, matching: [:]).count == 4)
        #expect(throws: StorageError.self) { try change.beginIncarnation(originalIsGone: true) }
        throw Done()
      }
    }
  }

  @Test("everything is there, sound, and above all numbers that were given")
  func raised() async throws {
    let (vault, backup) = try await backedUp()
    let (restored, disabled) = try await restore(backup, of: vault)
    #expect(try await restored.verify().problems == [])
    #expect(disabled == DisabledCount(accessKeys: 4, certificates: 4))
    for tenant in vault.tenants {
      let ids = tenant.integrations
      #expect(try await restored.text(of: ids[0], in: tenant) == vault.secret(of: ids[0], in: tenant))
      try restored.view { view in
        for head in try view.rows(IntegrationRow.self, matching: ["workspace": .uuid(tenant.workspace)]) {
          #expect(head.lastVersion == floor && head.currentVersion ?? 0 < floor)
          #expect(try view.unauthenticated.row(ScheduleRow.self, .uuid(head.integration))?.fence == floor)
        }
        #expect(try view.rows(AccessKeyRow.self, matching: [:]).allSatisfy { !$0.isUsable })
        #expect(try view.rows(CertificateRow.self, matching: [:]).allSatisfy { $0.state == .disabled })
      }
      try await restored.put("next", to: ids[0], in: tenant)
      #expect(try restored.view { try $0.integration(ids[0], workspace: tenant.workspace) }.currentVersion == floor + 1)
    }
    #expect(try restored.view { try $0.incarnation().holds(version: floor - 1) })
    #expect(try !restored.view { try $0.incarnation().holds(version: floor) })
    #expect(try await vault.custodian.verify().problems == [], "the original is as it was")
    #expect(try !vault.custodian.view { try $0.incarnation().holds(version: 1) })
  }

  @Test("whether versions are held is under the vault's MAC")
  func heldIsAuthentic() async throws {
    let (vault, backup) = try await backedUp()
    let (restored, _) = try await restore(backup, of: vault, originalIsGone: true)
    #expect(try !restored.view { try $0.incarnation().holds(version: 1) })
    for column in ["incarnation", "held_below"] {
      try Attacker("\(vault.folder.path)/restored.db").run("UPDATE vault SET \(column) = \(column) + 1")
      #expect(throws: CustodyError.integrity(table: "vault", key: "1")) {
        _ = try restored.view { try $0.incarnation() }
      }
      try Attacker("\(vault.folder.path)/restored.db").run("UPDATE vault SET \(column) = \(column) - 1")
    }
  }

  @Test("over a live vault, or beside the remains of one, nothing is restored and nothing changed")
  func occupied() async throws {
    let (vault, backup) = try await backedUp()
    let before = try FileDigest(of: "\(vault.folder.path)/backup.db")
    #expect(throws: StorageError.exists(path: vault.folder.database)) {
      _ = try NewFile.reserve(vault.folder.database)
    }
    let log = try vault.folder.write("left", to: "restored.db-wal")
    #expect(throws: StorageError.exists(path: log)) { _ = try NewFile.reserve("\(vault.folder.path)/restored.db") }
    try FileManager.default.removeItem(atPath: log)
    _ = try await restore(backup, of: vault)
    #expect(try FileDigest(of: "\(vault.folder.path)/backup.db") == before, "the backup is as it was")
    #expect(try await vault.custodian.verify().problems == [])
  }

  @Test("a restore that fails on the way leaves nothing")
  func failed() async throws {
    let (vault, backup) = try await backedUp()
    let path = "\(vault.folder.path)/restored.db"
    await #expect(throws: CustodyError.superseded) {
      try await backup.restore(into: try NewFile.reserve(path), clocks: .fixed) { change in
        _ = try change.beginIncarnation(originalIsGone: false)
        throw CustodyError.superseded
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: vault.folder.path).filter { $0.hasPrefix("restored") }
    #expect(left == [])
    _ = try await restore(backup, of: vault)
  }

  @Test("rows that do not verify stay where they are, serve nobody, and keep nobody else from being served")
  func quarantined() async throws {
    let vault = try await TestVault.make()
    let id = vault.first.integrations[0]
    try vault.folder.attack("UPDATE credentials SET scopes = 'all' WHERE integration = '\(id.text)' AND version = 2")
    try vault.folder.attack("UPDATE access_keys SET role = 'admin' WHERE rowid = 1")
    let path = "\(vault.folder.path)/backup.db"
    _ = try await vault.custodian.backUp(to: path, by: .commandLine)
    let backup = try await OpenedBackup.open(at: path, rootKey: vault.rootKey, clocks: .fixed)
    #expect(backup.report.quarantined.count == 2, "the row and the access key: \(backup.report.quarantined)")
    let (restored, disabled) = try await restore(backup, of: vault)
    #expect(disabled.accessKeys == 3)
    #expect(try await restored.verify().problems.sorted() == backup.report.quarantined)
    await #expect(throws: CustodyError.self) { _ = try await restored.text(of: id, in: vault.first) }
    #expect(try await restored.text(of: vault.second.integrations[0], in: vault.second) == "secret-2-0-2")
  }
}
