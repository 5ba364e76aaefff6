import Storage
import Testing

@testable import Custody

@Suite("tables under a MAC")
struct TableTests {
  /// The tables above the workspaces; each is proven where it is read.
  static let vaultLevel = ["key_rings", "root_slots", "vault", "workspaces"]
  /// The audit log's own: what belongs to the log is proven where the log is followed, and where it is read for use.
  static let log = ["audit_changes", "audit_horizon", "audit_keys"]
  /// The closed list of tables without a MAC: they may move a refresh, tell a story or count, never change a value.
  static let without = [
    "audit", "event_counters", "events", "rotations", "schedules", "spent_secrets", "transitions", "workspace_keys",
  ]

  @Test("every table is on one of the lists")
  func complete() async throws {
    let vault = try await TestVault.empty()
    let attacker = try vault.folder.attacker()
    let tables = try attacker.texts(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    let authenticated = try tables.filter { try attacker.columns(of: $0).contains { $0.name == "mac" } }
    #expect(Set(authenticated) == Set(TenantTables.all.map { $0.table } + Self.vaultLevel + Self.log))
    #expect(tables.filter { !authenticated.contains($0) } == Self.without)
    #expect(Set(TenantTables.all.map { $0.table }).count == TenantTables.all.count)
  }

  @Test("every column of an authenticated table is in its MAC, but the MAC's own three, which end it")
  func columns() async throws {
    let attacker = try await TestVault.empty().folder.attacker()
    let types: [any AuthenticatedRow.Type] =
      TenantTables.all + [VaultRow.self, RootSlotRow.self, WorkspaceRow.self, KeyRingRow.self, AuditChangeRow.self, AuditKeyRow.self, AuditHorizonRow.self]
    for type in types {
      let names = try attacker.columns(of: type.table).map(\.name)
      #expect(names == type.columns + ["layout", "mac_generation", "mac"], "\(type.table)")
    }
  }
}
