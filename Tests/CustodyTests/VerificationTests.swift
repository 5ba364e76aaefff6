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
        "sealed_secrets": 4, "attempts": 4, "refresh_attempts": 4, "vault": 1, "root_slots": 2, "key_rings": 2,
        "workspace_keys": 3, "rotations": 1, "transitions": 4, "event_counters": 4, "events": 4, "spent_secrets": 4,
        "audit_changes": 52, "audit_keys": 1,
      ])
    #expect(report.opened == 10)
    #expect(report.generations == [vault.first.workspace.text: ["2": 17], vault.second.workspace.text: ["1": 17]])
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

  @Test("an error of the file underneath is no row's fault")
  func unreadable() async throws {
    let vault = try await TestVault.large()
    try await vault.custodian.close()
    try vault.folder.damageFirstLeaf(of: "audit_changes_by_row")
    let custodian = try await vault.reopened()
    #expect(try custodian.verifyAudit().problem?.what.contains("the database file is damaged") == true)
    #expect(throws: StorageError.corrupt) { try custodian.proof() }
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

extension Folder {
  /// Overwrites the page that an index of two levels begins with (SQLite, "Database File Format"), where nobody has the
  /// database open.
  fileprivate func damageFirstLeaf(of index: String) throws {
    let (root, size) = try { () throws -> (Int, Int) in
      let attacker = try attacker()
      try attacker.run("PRAGMA wal_checkpoint(TRUNCATE)")
      return (
        try attacker.integer("SELECT rootpage FROM sqlite_schema WHERE name = '\(index)'"),
        try attacker.integer("PRAGMA page_size")
      )
    }()
    var file = try Data(contentsOf: URL(filePath: database))
    func number(_ count: Int, at place: Int) -> Int { file[place..<place + count].reduce(0) { $0 << 8 | Int($1) } }
    let page = (root - 1) * size
    try #require(file[page] == 2, "an interior page of an index")
    let cell = page + number(2, at: page + 12)
    let leaf = (number(4, at: cell) - 1) * size
    try #require(file[leaf] == 10, "a leaf of an index")
    file.replaceSubrange(leaf..<leaf + size, with: Data(count: size))
    try file.write(to: URL(filePath: database))
  }
}
