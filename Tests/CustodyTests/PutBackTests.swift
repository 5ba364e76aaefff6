import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("rows that somebody put back")
struct PutBackTests {
  /// A table whose row changes, and how.
  static let changes: [(table: String, change: @Sendable (Tenant, CustodyChange) throws -> Void)] = [
    (
      "access_keys",
      { tenant, change in
        var row = try change.row(AccessKeyRow.self, .text("\(tenant.workspace.text)-1"))!
        row.revokedAt = change.now
        try change.update(row)
      }
    ),
    (
      "certificates",
      { tenant, change in
        var row = try change.row(CertificateRow.self, .uuid(tenant.workspace), .text("kid-1"))!
        row.state = .retired
        try change.update(row)
      }
    ),
    (
      "connectors",
      { tenant, change in
        var row = try change.row(ConnectorRow.self, .uuid(tenant.connector))!
        row.removedAt = change.now
        try change.update(row)
      }
    ),
    (
      "integrations",
      { tenant, change in
        var row = try change.row(IntegrationRow.self, .uuid(tenant.integrations[0]))!
        row.suspendedAt = change.now
        try change.update(row)
      }
    ),
    (
      "workspaces",
      { tenant, change in
        var row = try change.workspace(tenant.workspace)
        row.origins = "[\"https://a.example\"]"
        try change.update(row)
      }
    ),
  ]

  @Test("are refused when they are loaded, and found by verify", arguments: changes.indices)
  func refused(index: Int) async throws {
    let (table, change) = Self.changes[index]
    let vault = try await TestVault.make()
    let tenant = vault.first
    let attacker = try vault.folder.attacker()
    let before = try attacker.rows("SELECT rowid, * FROM \(table)")
    try await vault.custodian.change(.test) { try change(tenant, $0) }
    try attacker.putBack(before, into: table)
    for custodian in [vault.custodian, try await vault.reopened()] {
      await #expect(throws: CustodyError.self, "\(table)") { try await custodian.change(.test) { try change(tenant, $0) } }
      #expect(try await custodian.verify().problems.count == 1)
    }
  }

  @Test("a key ring is refused by who knows the newer one and by who does not")
  func ring() async throws {
    let vault = try await TestVault.make()
    let (workspace, attacker) = (vault.first.workspace, try vault.folder.attacker())
    let rings = try attacker.rows("SELECT rowid, * FROM key_rings")
    let keys = try attacker.rows("SELECT rowid, * FROM workspace_keys")
    _ = try await vault.custodian.rotate(workspace: workspace, by: .commandLine)
    try await vault.custodian.retire(1, workspace: workspace, by: .commandLine)
    try attacker.putBack(rings, into: "key_rings")
    try attacker.putBack(keys, into: "workspace_keys")
    for custodian in [vault.custodian, try await vault.reopened()] {
      await #expect(throws: CustodyError.integrity(table: "key_rings", key: workspace.text)) {
        _ = try await custodian.text(of: vault.first.integrations[0], in: vault.first)
      }
    }
  }

  @Test("an old slot is refused when the vault is opened")
  func slot() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let slots = try attacker.rows("SELECT rowid, * FROM root_slots")
    try await vault.custodian.amend { change in
      let row = try change.tx.row(RootSlotRow.self, .text("recovery"))!
      try change.delete(row)
    }
    #expect(try await vault.reopened().vaultID == vault.custodian.vaultID)
    try attacker.putBack(slots, into: "root_slots")
    await #expect(throws: CustodyError.integrity(table: "root_slots", key: "recovery")) { _ = try await vault.reopened() }
  }

  @Test("a rotation does not make the log agree with a row that was put back")
  func rotation() async throws {
    let vault = try await TestVault.make()
    let (tenant, attacker) = (vault.first, try vault.folder.attacker())
    let before = try attacker.rows("SELECT rowid, * FROM access_keys")
    try await vault.custodian.change(.test) { try Self.changes[0].change(tenant, $0) }
    try attacker.putBack(before, into: "access_keys")
    _ = try? await vault.custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(throws: CustodyError.self) {
      try vault.custodian.view { _ = try $0.row(AccessKeyRow.self, .text("\(tenant.workspace.text)-1")) }
    }
  }

  @Test("a row that was deleted, and one that comes back, are found")
  func deleted() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let name = "\(vault.first.workspace.text)/attempt/x/pkce/1"
    let before = try attacker.rows("SELECT rowid, * FROM sealed_secrets WHERE name = 'attempt/x/pkce'")
    let workspace = vault.first.workspace
    try await vault.custodian.change(.test) {
      try $0.delete(SealedSecretRow.self, .uuid(workspace), .text("attempt/x/pkce"), .integer(1))
    }
    #expect(try await vault.custodian.verify().isSound)
    try attacker.putBack(before, into: "sealed_secrets")
    #expect(try await vault.custodian.verify().problems == ["sealed_secrets/\(name)"])
    try attacker.run("DELETE FROM sealed_secrets WHERE workspace = '\(workspace.text)' AND name = 'attempt/x/pkce'")
    #expect(try await vault.custodian.verify().isSound)
    try attacker.run("DELETE FROM access_keys WHERE prefix = '\(workspace.text)-1'")
    #expect(try await vault.custodian.verify().problems == ["access_keys/\(workspace.text)-1"])
  }

  @Test("pruning keeps what the log says about rows that are there, and nothing else")
  func pruned() async throws {
    let vault = try await TestVault.make()
    let custodian = vault.custodian
    try await custodian.amend { change in for _ in 0..<1100 { try change.record(.test) } }
    try await custodian.change(.test) { _ in }
    let later = Instant(milliseconds: Clocks.fixed.now().milliseconds + 1)
    let rehearsal = try await custodian.pruneAudit(before: later, by: .commandLine, isRehearsal: true)
    let pruning = try await custodian.pruneAudit(before: later, by: .commandLine)
    #expect(pruning == rehearsal && pruning.entries > 1100)
    #expect(try custodian.audit().map(\.action) == ["test.change", "audit.prune"])
    #expect(try await custodian.verify().isSound)
    #expect(try custodian.verifyAudit(expecting: [pruning.through!]).isSound, "the horizon is a head of this log")
    #expect(try await custodian.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    #expect(try await custodian.pruneAudit(before: later, by: .commandLine).through == nil, "the key of today stays")
    let attacker = try vault.folder.attacker()
    try attacker.withoutTriggers("UPDATE audit_horizon SET through = through - 1")
    #expect(try !custodian.verifyAudit().isSound)
  }
}

extension Attacker {
  /// Overwrites rows with what they were, `rowid` first.
  func putBack(_ rows: [[DatabaseValue]], into table: String) throws {
    for row in rows {
      let marks = row.dropFirst().map { _ in "?" }.joined(separator: ", ")
      try run("DELETE FROM \(table) WHERE rowid = ?", [row[0]])
      let names = try columns(of: table).map(\.name).joined(separator: ", ")
      try run("INSERT INTO \(table) (rowid, \(names)) VALUES (?, \(marks))", row)
    }
  }
}
