import Foundation
import GRDB
import Storage
import Testing

@testable import Custody

@Suite("verify")
struct VerificationTests {
  @Test("counts what it proved and opened, by table and generation")
  func counts() async throws {
    let vault = try await TestVault.make()
    _ = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    let report = try await vault.custodian.verify()
    #expect(
      report.rows == [
        "workspaces": 2, "certificates": 4, "connectors": 4, "access_keys": 4, "integrations": 4, "credentials": 6,
        "sealed_secrets": 4, "attempts": 4, "refresh_attempts": 4, "deadlines": 4, "incidents": 4,
        "revocations": 4, "vault": 1, "root_slots": 2, "key_rings": 2,
        "workspace_keys": 3, "rotations": 1, "transitions": 4, "event_counters": 4, "events": 4, "spent_secrets": 4,
        "audit_changes": 64, "audit_keys": 1,
      ])
    #expect(report.opened == 10)
    #expect(report.generations == [vault.first.workspace.text: ["2": 23], vault.second.workspace.text: ["1": 23]])
    #expect(report.leftBehind == 0)
    #expect(report.isSound)
    #expect(try vault.custodian.audit().last?.action == "vault.verify")
    #expect(try !vault.custodian.audit().contains { $0.action == "credential.open" }, "nothing left: no opening")
  }

  @Test("opens every value: one that is out of place is found although every MAC holds")
  func misplaced() async throws {
    let vault = try await TestVault.make()
    let (custodian, id) = (vault.custodian, vault.first.integrations[1])
    let head = try custodian.view { try $0.integration(id, workspace: vault.first.workspace) }
    let value = try custodian.seal(custodian.fields("x"), integration: head, version: 9)
    try await custodian.change(.test) { try $0.commit(value, to: head) }
    let report = try await custodian.verify()
    #expect(report.problems == ["credentials/\(id.text)/2"])
    #expect(report.opened == 10)
  }

  @Test("a destroyed key that is there again is found")
  func keyPutBack() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let attacker = try vault.folder.attacker()
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    try await custodian.retire(1, workspace: workspace, grace: .zero, by: .commandLine)
    let kept = try attacker.rows(
      "SELECT rowid, * FROM workspace_keys WHERE workspace = '\(workspace.text)' AND generation = 1")
    try await custodian.destroy(1, workspace: workspace, by: .commandLine)
    #expect(try await custodian.verify().problems == [])
    try attacker.putBack(kept, into: "workspace_keys")
    #expect(try await custodian.verify().problems == ["workspace_keys/\(workspace.text)/1"])
  }

  @Test("an error of the disk is no row's fault: nothing is said about the row")
  func unreadable() throws {
    var report = VerificationReport()
    for error in [StorageError.unwritable(code: 266), .corrupt, .busy, .engine(code: 1)] {
      #expect(throws: error) { try report.note(error, at: "certificates/1") }
    }
    #expect(throws: CustodyError.locked("no key")) { try report.note(CustodyError.locked("no key"), at: "workspaces/1") }
    #expect(report.problems == [])
    try report.note(CustodyError.integrity(table: "credentials", key: "1"), at: "certificates/1")
    try report.note(StorageError.malformedRow(table: "audit_changes"), at: "certificates/2")
    #expect(report.problems == ["credentials/1", "certificates/2"])
  }

  @Test("a head must not point at a version that was only archived")
  func archived() async throws {
    let vault = try await TestVault.make()
    let (custodian, id) = (vault.custodian, vault.first.integrations[1])
    try await custodian.change(.test) { change in
      var row = try #require(try change.row(CredentialRow.self, .uuid(id), .integer(1)))
      row.state = .archived
      try change.update(row)
    }
    #expect(try await custodian.verify().problems == ["integrations/\(id.text)"])
  }
}
