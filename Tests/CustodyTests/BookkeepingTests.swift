import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

/// What is kept about the workspaces and their integrations: no values, and proven all the same.
@Suite("hostile storage: logs and bookkeeping")
struct BookkeepingTests {
  private static let tables = [
    WorkspaceKeyRow.table, RotationRow.table, TransitionRow.table, EventCounterRow.table, EventRow.table,
    SpentSecretRow.table,
  ]

  private func type(_ table: String) throws -> any VaultLevelRow.Type {
    try #require(VaultTables.all.first { $0.table == table })
  }

  private func isFound(in table: String, _ custodian: Custodian) throws -> Bool {
    do {
      _ = try custodian.proveAll(try type(table))
      return false
    } catch CustodyError.integrity(table, _) {
      return true
    } catch StorageError.malformedRow(table) {
      return true
    }
  }

  @Test("every change to every column of every row is found, by its reader and by verify", arguments: tables)
  func columns(table: String) async throws {
    let vault = try await TestVault.make()
    for tenant in vault.tenants { _ = try await vault.custodian.rotate(workspace: tenant.workspace, by: .commandLine) }
    let attacker = try vault.folder.attacker()
    #expect(try vault.custodian.proveAll(try type(table)) >= 2)
    #expect(try await vault.custodian.verify().problems == [])
    let key = try #require(try type(table).key.last)
    let row = try attacker.integer("SELECT min(rowid) FROM \(table)")
    var (missed, unverified, tried): ([String], [String], Int) = ([], [], 0)
    for column in try attacker.columns(of: table) {
      let original = try #require(try attacker.rows("SELECT \(column.name) FROM \(table) WHERE rowid = \(row)").first?.first)
      for alteration in Alteration.all(of: original, in: column) {
        let update = "UPDATE \(table) SET \(column.name) = ? WHERE rowid = ?"
        do { try attacker.run(update, [alteration.value, row.databaseValue]) } catch is DatabaseError { continue }
        tried += 1
        let what = "\(column.name): \(original) → \(alteration.value)"
        if try !isFound(in: table, vault.custodian) { missed.append(what) }
        let problems = try await vault.custodian.verify().problems
        if !problems.contains(where: { $0.hasPrefix("\(table)/") }) { unverified.append(what) }
        let isRowNumber = table == EventRow.table && column.name == key
        try attacker.run(update, [original, isRowNumber ? alteration.value : row.databaseValue])
      }
    }
    #expect(missed == [])
    #expect(unverified == [])
    #expect(tried >= 2 * (try attacker.columns(of: table).count))
    #expect(try await vault.custodian.verify().problems == [], "everything was put back")
  }

  @Test("a history that was edited is not shown, and a spent secret that was edited lets nobody in")
  func readers() async throws {
    let vault = try await TestVault.make()
    let (tenant, attacker) = (vault.first, try vault.folder.attacker())
    try attacker.run("UPDATE transitions SET event = 'put'; UPDATE events SET type = 'integration.ready'")
    try attacker.run("UPDATE spent_secrets SET spent_at = 1")
    let history = CustodyError.integrity(table: "transitions", key: "\(tenant.integrations[0].text)/1")
    #expect(throws: history) {
      try vault.custodian.view { try $0.rows(TransitionRow.self, matching: ["integration": .uuid(tenant.integrations[0])]) }
    }
    #expect(throws: CustodyError.integrity(table: "events", key: "1")) {
      try vault.custodian.view { try $0.events(workspace: tenant.workspace, after: 0, limit: 9) }
    }
    #expect(throws: CustodyError.integrity(table: "spent_secrets", key: "\(tenant.workspace.text)/jti-1")) {
      try vault.custodian.view { try $0.row(SpentSecretRow.self, .uuid(tenant.workspace), .text("jti-1")) }
    }
  }

  @Test("a row-MAC key of a workspace proves none of these rows")
  func leakedGeneration() async throws {
    let vault = try await TestVault.make()
    let workspace = vault.first.workspace
    let ring = try vault.custodian.store.read { tx in try vault.custodian.keys.ring(workspace, in: tx) }
    let forger = try ring.primary()
    let row = SpentSecretRow(workspace: workspace, jti: "forged", spentAt: Instant(milliseconds: 1))
    for generation: UInt32 in [0, 1] {
      let mac = RowMAC.make(forger.rowMACKey, layout: 1, table: SpentSecretRow.table, columns: row.values)
      try vault.folder.attacker().run(
        "INSERT OR REPLACE INTO spent_secrets VALUES (?, 'forged', 1, 1, ?, ?)",
        [workspace.text.databaseValue, Int64(generation).databaseValue, Data(mac).databaseValue])
      #expect(throws: CustodyError.integrity(table: "spent_secrets", key: "\(workspace.text)/forged")) {
        try vault.custodian.view { try $0.row(SpentSecretRow.self, .uuid(workspace), .text("forged")) }
      }
    }
  }

  @Test("a counter that was taken away, or numbers that were used up, stop the next event")
  func counters() async throws {
    let vault = try await TestVault.make()
    let id = vault.first.integrations[0]
    let event = EventRow(
      workspace: vault.first.workspace, integration: id, integrationSequence: 9, customer: "c", type: .ready,
      payload: "{}", createdAt: Instant(milliseconds: 1))
    try await vault.custodian.change(.test) { try $0.append(event) }
    #expect(try vault.custodian.view { try $0.events(integration: id, after: 0, limit: 9) }.map(\.sequence) == [1, 5])
    try vault.folder.attack("DELETE FROM event_counters; UPDATE sqlite_sequence SET seq = 9223372036854775807")
    await #expect(throws: CustodyError.integrity(table: "event_counters", key: id.text)) {
      _ = try await vault.custodian.change(.test) { try $0.nextEventSequence(id) }
    }
    await #expect(throws: CustodyError.integrity(table: "events", key: "0")) {
      try await vault.custodian.change(.test) { try $0.append(event) }
    }
  }
}
