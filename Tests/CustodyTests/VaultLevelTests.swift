import Foundation
import GRDB
import Storage
import Testing

@testable import Custody

@Suite("hostile storage above the workspaces")
struct VaultLevelTests {
  /// Tables above the workspaces: what their alteration does to a vault that is opened and read afresh.
  @Test(
    "every change above the workspaces is found when the vault is opened or the workspace is read",
    arguments: ["key_rings", "root_slots", "vault", "workspaces", "workspace_keys"])
  func vaultLevel(table: String) async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let rowid = try attacker.integer(
      "SELECT min(rowid) FROM \(table)"
        + (table == "root_slots" || table == "vault" ? "" : " WHERE workspace = '\(vault.first.workspace.text)'"))
    var missed: [String] = []
    for column in try attacker.columns(of: table) {
      let select = "SELECT \(column.name) FROM \(table) WHERE rowid = \(rowid)"
      let original = try #require(try attacker.rows(select).first?.first)
      for alteration in Alteration.all(of: original, in: column) {
        let update = "UPDATE \(table) SET \(column.name) = ? WHERE rowid = ?"
        do { try attacker.run(update, [alteration.value, rowid.databaseValue]) } catch is DatabaseError { continue }
        if try await isUsable(vault) { missed.append("\(column.name): \(original) → \(alteration.value)") }
        let restore = table == "vault" && column.name == "id" ? alteration.value : rowid.databaseValue
        try attacker.run(update, [original, restore])
      }
    }
    #expect(missed == [])
    let isUsableAgain = try await isUsable(vault)
    #expect(isUsableAgain, "everything was put back")
  }

  /// Opens the vault afresh and reads a workspace as every caller does; only named damage counts as an answer.
  private func isUsable(_ vault: TestVault) async throws -> Bool {
    do {
      let custodian = try await vault.reopened()
      defer { try? custodian.store.close() }
      let found = try custodian.view { view in
        (try view.workspace(vault.first.workspace).name, try view.rows(CertificateRow.self, matching: [:]).count)
      }
      return found == ("w1", 4)
    } catch CustodyError.locked, CustodyError.integrity, CustodyError.notFound, StorageError.malformedRow {
      return false
    }
  }
}
