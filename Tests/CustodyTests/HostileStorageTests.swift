import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

/// A database that somebody else writes. Whatever is done to a row, it is named and no value comes out.
@Suite("hostile storage")
struct HostileStorageTests {
  private static let tables = TenantTables.all.map { $0.table }

  private func type(_ table: String) throws -> any TenantRow.Type {
    try #require(TenantTables.all.first { $0.table == table })
  }

  /// Whether the error names `table` as damaged.
  private func names(_ table: String, _ error: any Error) -> Bool {
    switch error {
    case CustodyError.integrity(let found, _): found == table
    case StorageError.malformedRow(let found): found == table
    default: false
    }
  }

  /// Reads all rows of the table through custody; whether that named it as damaged.
  private func isFound(in table: String, _ custodian: Custodian) throws -> Bool {
    do {
      _ = try custodian.proveAll(try type(table))
      return false
    } catch {
      if names(table, error) { return true }
      throw error
    }
  }

  @Test("every change to every column of every row is found, by whoever reads it and by verify", arguments: tables)
  func columns(table: String) async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    #expect(try vault.custodian.proveAll(try type(table)) >= 4)
    #expect(try await vault.custodian.verify().problems == [])
    let rowid = try attacker.integer("SELECT min(rowid) FROM \(table)")
    var (missed, unverified, tried): ([String], [String], Int) = ([], [], 0)
    for column in try attacker.columns(of: table) {
      let select = "SELECT \(column.name) FROM \(table) WHERE rowid = \(rowid)"
      let original = try #require(try attacker.rows(select).first?.first)
      for alteration in Alteration.all(of: original, in: column) {
        let update = "UPDATE \(table) SET \(column.name) = ? WHERE rowid = ?"
        // A key that is taken cannot be had; every column has other values.
        do { try attacker.run(update, [alteration.value, rowid.databaseValue]) } catch is DatabaseError { continue }
        tried += 1
        let what = "\(column.name): \(original) → \(alteration.value)"
        if try !isFound(in: table, vault.custodian) { missed.append(what) }
        let problems = try await vault.custodian.verify().problems
        if !problems.contains(where: { $0.hasPrefix("\(table)/") }) { unverified.append(what) }
        try attacker.run(update, [original, rowid.databaseValue])
      }
    }
    #expect(missed == [])
    #expect(unverified == [])
    #expect(tried >= 2 * (try attacker.columns(of: table).count))
    #expect(try await vault.custodian.verify().problems == [], "everything was put back")
  }

  /// Exchanges columns between two rows, past unique constraints that are not about them.
  private func swap(_ columns: [String], _ table: String, _ a: Int, _ b: Int, by attacker: Attacker) throws {
    func values(_ rowid: Int) throws -> [DatabaseValue] {
      try #require(try attacker.rows("SELECT \(columns.joined(separator: ", ")) FROM \(table) WHERE rowid = \(rowid)").first)
    }
    let (first, second) = (try values(a), try values(b))
    #expect(first != second)
    let sets = columns.map { "\($0) = ?" }.joined(separator: ", ")
    try attacker.run("UPDATE \(table) SET \(sets) WHERE rowid = ?", second + [a.databaseValue])
    try attacker.run("UPDATE \(table) SET \(sets) WHERE rowid = ?", first + [b.databaseValue])
  }

  @Test("MACs do not move between rows, of one workspace or of two", arguments: tables)
  func swappedMACs(table: String) async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    for tenants in [[vault.first, vault.first], [vault.first, vault.second]] {
      let rows = try zip(tenants, ["min", "max"]).map { tenant, end in
        try attacker.integer("SELECT \(end)(rowid) FROM \(table) WHERE workspace = '\(tenant.workspace.text)'")
      }
      try swap(["layout", "mac_generation", "mac"], table, rows[0], rows[1], by: attacker)
      #expect(try isFound(in: table, vault.custodian))
      try swap(["layout", "mac_generation", "mac"], table, rows[0], rows[1], by: attacker)
      #expect(try !isFound(in: table, vault.custodian))
    }
  }

  @Test("a row's contents do not stand in for another row of the same table", arguments: tables)
  func swappedContents(table: String) async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let type = try type(table)
    // Everything but the key and what is unique by itself: the row as a whole, MAC included, under another key.
    let unique: Set = ["slug", "listener", "ticket_hash", "state_hash"]
    let columns = try attacker.columns(of: table).map(\.name).filter { !type.key.contains($0) && !unique.contains($0) }
    // A connector's slug is unique in its workspace: there, rows of one workspace.
    let scope = table == "connectors" ? "WHERE workspace = '\(vault.first.workspace.text)'" : ""
    let rows = try ["min", "max"].map { try attacker.integer("SELECT \($0)(rowid) FROM \(table) \(scope)") }
    try swap(columns, table, rows[0], rows[1], by: attacker)
    #expect(try isFound(in: table, vault.custodian))
    #expect(try await vault.custodian.verify().problems.contains { $0.hasPrefix("\(table)/") })
  }

  @Test("whole sealed values do not move between rows, integrations or workspaces")
  func swappedValues() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let rows = try attacker.rows("SELECT rowid FROM credentials ORDER BY rowid").compactMap { Int.fromDatabaseValue($0[0]) }
    #expect(rows.count == 6)
    for (a, b) in [(0, 1), (0, 2), (0, 3), (2, 5)] {
      try swap(["generation", "header", "payload"], "credentials", rows[a], rows[b], by: attacker)
      for tenant in vault.tenants {
        for (integration, version) in [(0, 1), (0, 2), (1, 1)] {
          let secret = try? await vault.secret(of: tenant.integrations[integration], in: tenant, version: Int64(version))
          let own = "secret-\(tenant.workspace == vault.first.workspace ? 1 : 2)-\(integration)-\(version)"
          #expect(secret == nil || secret == own)
        }
      }
      #expect(try isFound(in: "credentials", vault.custodian))
      try swap(["generation", "header", "payload"], "credentials", rows[a], rows[b], by: attacker)
    }
    #expect(try await vault.custodian.verify().problems == [])
  }

  @Test("a head that is pointed at another version is refused, and so is a version that was taken away")
  func repointed() async throws {
    let vault = try await TestVault.make()
    let (id, attacker) = (vault.first.integrations[0], try vault.folder.attacker())
    let head = CustodyError.integrity(table: "integrations", key: id.text)
    for version in ["1", "3", "NULL"] {
      try attacker.run("UPDATE integrations SET current_version = \(version) WHERE integration = '\(id.text)'")
      await #expect(throws: head) { _ = try await vault.secret(of: id, in: vault.first) }
    }
    try attacker.run("UPDATE integrations SET current_version = 2 WHERE integration = '\(id.text)'")
    try attacker.run("DELETE FROM credentials WHERE integration = '\(id.text)' AND version = 2")
    await #expect(throws: CustodyError.integrity(table: "credentials", key: "\(id.text)/2")) {
      _ = try await vault.secret(of: id, in: vault.first)
    }
    #expect(try await vault.custodian.verify().problems == ["credentials/\(id.text)/2"])
  }

  @Test("a refused opening leaves no entry that claims it happened")
  func refusedLeavesNoEntry() async throws {
    let vault = try await TestVault.make()
    let before = try vault.custodian.audit().count
    try vault.folder.attack("UPDATE credentials SET scopes = 'all'")
    await #expect(throws: CustodyError.self) {
      _ = try await vault.secret(of: vault.first.integrations[0], in: vault.first)
    }
    #expect(try vault.custodian.audit().count == before)
  }

  @Test("rows that were taken out of every workspace are missed by verify's count", arguments: tables)
  func strays(table: String) async throws {
    let vault = try await TestVault.make()
    try vault.folder.attack("UPDATE \(table) SET workspace = '\(UUID().text)' WHERE rowid = (SELECT min(rowid) FROM \(table))")
    #expect(try await vault.custodian.verify().problems.contains("\(table)/?"))
  }
}
