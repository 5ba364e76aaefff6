import Foundation
import Testing

@testable import Custody
@testable import Storage

/// Something between us and the file that undoes what was written while the engine reports success. A trigger of our own
/// connection does it here: one in the file would be found with the schema.
@Suite("writes are read back")
struct ReadBackTests {
  private func undo(_ when: String, _ table: String, _ action: String, in vault: TestVault) async throws {
    _ = try await vault.custodian.store.write(.normal) { tx in
      try tx.execute("CREATE TEMP TRIGGER undo \(when) ON main.\(table) BEGIN \(action); END", [], table: table)
    }
  }

  private func expectRefusal(
    of table: String, in vault: TestVault, _ change: @escaping @Sendable (CustodyChange) throws -> Void
  ) async throws {
    let before = try vault.custodian.audit().count
    let error = await #expect(throws: CustodyError.self) { try await vault.custodian.change(.test, change) }
    guard case .integrity(table, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try vault.custodian.audit().count == before, "nothing was committed")
  }

  private static func accessKey(_ vault: TestVault) -> AccessKeyRow {
    AccessKeyRow(
      prefix: "new", workspace: vault.first.workspace, role: .admin, hash: [1], createdAt: Instant(milliseconds: 1))
  }

  @Test("a grant that is not there")
  func inserted() async throws {
    let vault = try await TestVault.make()
    try await undo("AFTER INSERT", "access_keys", "DELETE FROM access_keys WHERE prefix = new.prefix", in: vault)
    try await expectRefusal(of: "access_keys", in: vault) { try $0.insert(Self.accessKey(vault)) }
  }

  @Test("a grant that gives more")
  func enlarged() async throws {
    let vault = try await TestVault.make()
    try await undo(
      "AFTER INSERT", "certificates", "UPDATE certificates SET kid = kid, mac = x'00' WHERE rowid = new.rowid", in: vault)
    try await expectRefusal(of: "certificates", in: vault) { change in
      try change.insert(vault.first.certificateRow("new", at: change.now))
    }
  }

  @Test("a suspension that did not happen")
  func updated() async throws {
    let vault = try await TestVault.make()
    try await undo(
      "AFTER UPDATE", "integrations",
      "UPDATE integrations SET suspended_at = old.suspended_at, mac = old.mac WHERE rowid = old.rowid", in: vault)
    try await expectRefusal(of: "integrations", in: vault) { change in
      var head = try change.integration(vault.first.integrations[0], workspace: vault.first.workspace)
      head.suspendedAt = change.now
      try change.update(head)
    }
  }

  @Test("a deletion that did not happen")
  func deleted() async throws {
    let vault = try await TestVault.make()
    let workspace = vault.first.workspace
    try await undo("BEFORE DELETE", "sealed_secrets", "SELECT RAISE(IGNORE)", in: vault)
    try await expectRefusal(of: "sealed_secrets", in: vault) { change in
      try change.delete(SealedSecretRow.self, .uuid(workspace), .text("attempt/x/pkce"), .integer(1))
    }
  }

  @Test("rows above the workspaces, too")
  func vaultLevel() async throws {
    let vault = try await TestVault.make()
    let workspace = vault.first.workspace
    try await undo("AFTER INSERT", "spent_secrets", "DELETE FROM spent_secrets WHERE jti = new.jti", in: vault)
    try await expectRefusal(of: "spent_secrets", in: vault) { change in
      try change.spend(SpentSecretRow(workspace: workspace, jti: "again", spentAt: change.now))
    }
  }
}
