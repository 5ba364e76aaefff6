import Foundation
import GRDB
import Storage
import Testing

@testable import Custody

@Suite("rows that a rotation cannot vouch for")
struct QuarantineTests {
  /// A rotated vault with one damaged certificate, and its name.
  private func damaged() async throws -> (vault: TestVault, name: RowName) {
    let vault = try await TestVault.make()
    try vault.folder.attack(
      "UPDATE certificates SET spki = x'00' WHERE workspace = '\(vault.first.workspace.text)' AND kid = 'kid-1'")
    let end = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    #expect(end.quarantined == 1)
    return (vault, RowName(table: "certificates", key: "\(vault.first.workspace.text)/kid-1"))
  }

  @Test("is listed by name until it is gone")
  func listed() async throws {
    let (vault, name) = try await damaged()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let listed = try await custodian.keyStatus(workspace: workspace).quarantine
    #expect(listed.map(\.name) == [name])
    #expect(listed.map(\.generation) == [2])
    #expect(try await custodian.keyStatus(workspace: vault.second.workspace).quarantine.isEmpty)
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    let again = try await custodian.keyStatus(workspace: workspace).quarantine
    #expect(again.map(\.name) == [name], "and stays so")
    try vault.folder.attack("DELETE FROM certificates WHERE kid = 'kid-1' AND workspace = '\(workspace.text)'")
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect(try await custodian.keyStatus(workspace: workspace).quarantine.isEmpty)
    let actions = try custodian.audit().map(\.action).filter { $0.hasSuffix("quarantine") }
    #expect(actions == ["key.quarantine", "key.unquarantine"])
  }

  @Test("a header that does not open is found, though the row's MAC holds")
  func header() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    let integration = tenant.integrations[1]
    try await custodian.change(.test) { change in
      var row = try #require(try change.row(CredentialRow.self, .uuid(integration), .integer(1)))
      row.sealed.header[60] ^= 1
      try change.update(row)
    }
    let end = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(end.quarantined == 1)
    let quarantine = try await custodian.keyStatus(workspace: tenant.workspace).quarantine
    #expect(quarantine.map(\.name.text) == ["credentials/\(integration.text)/1"])
  }

  @Test("the last look finds a header under the new generation that does not open")
  func lastLook() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    let integration = tenant.integrations[1]
    try await custodian.change(.test) { change in
      var row = try #require(try change.row(CredentialRow.self, .uuid(integration), .integer(1)))
      row.sealed.header[60] ^= 1
      try change.update(row)
    }
    try await custodian.sendBackToProof(tenant.workspace)
    let end = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(end.to == 2)
    #expect(end.quarantined == 1)
  }

  @Test("a straggler that turned up before the last look sends the rotation back to its first table")
  func straggler() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant, attacker) = (vault.custodian, vault.first, try vault.folder.attacker())
    try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM certificates WHERE workspace = '\(tenant.workspace.text)'")
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    try attacker.run(
      """
      DELETE FROM certificates WHERE workspace = '\(tenant.workspace.text)'; INSERT INTO certificates SELECT * FROM kept
      """)
    try await custodian.sendBackToProof(tenant.workspace)
    let end = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(end.to == 2)
    #expect(end.state == .verified)
    #expect(end.done == 2 && end.left == 0)
  }

  @Test(
    "a row that stands there twice cannot be moved: it is quarantined, and the rotation ends", .timeLimit(.minutes(1)),
    arguments: ["connectors", "integrations", "credentials", "access_keys"])
  func twice(table: String) async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    try vault.folder.double("SELECT min(rowid) FROM \(table) WHERE workspace = '\(workspace.text)'", in: table)
    let end = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect(end.state == .verified && end.quarantined == 1)
    let listed = try await custodian.keyStatus(workspace: workspace).quarantine.map(\.name)
    #expect(listed.map(\.table) == [table])
    try await custodian.retire(1, workspace: workspace, abandoned: listed, by: .commandLine)
    let again = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect(again.to == 3 && again.state == .verified)
    #expect(try await custodian.verify().problems.contains("\(listed[0].text)"))
  }

  @Test("retire refuses until each row is given up by name; then the log says so, and the row stays listed")
  func abandoned() async throws {
    let (vault, name) = try await damaged()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let error = await #expect(throws: CustodyError.self) {
      try await custodian.retire(1, workspace: workspace, by: .commandLine)
    }
    #expect("\(error, default: "none")".contains("--abandon \(name.text)"))
    let wrong = RowName(table: "certificates", key: "\(workspace.text)/kid-2")
    for names in [[wrong], [name, wrong]] {
      let error = await #expect(throws: CustodyError.self) {
        try await custodian.retire(1, workspace: workspace, abandoned: names, by: .commandLine)
      }
      #expect("\(error, default: "none")".contains("not in quarantine"))
    }
    try await custodian.retire(1, workspace: workspace, abandoned: [name], by: .commandLine)
    #expect(try custodian.generations(workspace: workspace).map(\.state) == [.disabled, .primary])
    let entries = try custodian.audit().filter { $0.action == "key.abandon" }
    #expect(entries.map(\.subject) == [name.text])
    let listed = try await custodian.keyStatus(workspace: workspace).quarantine
    #expect(listed.map(\.name) == [name])
    #expect(listed.allSatisfy { $0.abandonedAt != nil })
    #expect(try await custodian.verify().problems == [name.text])
  }

  @Test("every change to the list is found when it is read")
  func altered() async throws {
    let (vault, _) = try await damaged()
    let attacker = try vault.folder.attacker()
    var missed: [String] = []
    for column in try attacker.columns(of: "quarantine") where column.name != "workspace" {
      let select = "SELECT \(column.name) FROM quarantine"
      let original = try #require(try attacker.rows(select).first?.first)
      for alteration in Alteration.all(of: original, in: column) {
        do {
          try attacker.run("UPDATE quarantine SET \(column.name) = ?", [alteration.value])
        } catch is DatabaseError { continue }
        let status = try? await vault.custodian.keyStatus(workspace: vault.first.workspace)
        if status != nil { missed.append("\(column.name): \(original) → \(alteration.value)") }
        try attacker.run("UPDATE quarantine SET \(column.name) = ?", [original])
      }
    }
    #expect(missed == [])
    #expect(try await vault.custodian.keyStatus(workspace: vault.first.workspace).quarantine.count == 1)
  }
}

extension Custodian {
  /// A rotation as it is before its last look.
  fileprivate func sendBackToProof(_ workspace: UUID) async throws {
    try await amend { change in
      var rotation = try #require(try change.rotation(workspace))
      (rotation.state, rotation.rowsDone) = (.verifying, 0)
      try change.put(rotation)
    }
  }
}
