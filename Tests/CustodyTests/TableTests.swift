import Storage
import Testing

@testable import Custody

@Suite("tables under a MAC")
struct TableTests {
  /// The closed list of columns without a row MAC: schedules, breakers and rates may move a refresh, never a value; the
  /// audit log proves itself; SQLite keeps its own numbering.
  static let closed = [
    "schedules": [
      "integration", "workspace", "connector", "refresh_at", "failures", "fence", "claim_owner", "claim_boot",
      "claim_until",
    ],
    "breakers": [
      "connector", "boot", "reason", "failures", "openings", "open_until", "trial_until", "blames", "blamed",
      "counted_from", "refusals", "successes",
    ],
    "client_rates": ["workspace", "provider", "client", "boot", "used_until"],
    "audit": ["sequence", "at", "workspace", "actor", "action", "subject", "detail", "key_number", "hash", "signature"],
    "sqlite_sequence": ["name", "seq"],
  ]

  @Test("every column of every table is in its row's MAC, or on the closed list")
  func complete() async throws {
    let attacker = try await TestVault.empty().folder.attacker()
    let types: [any AuthenticatedRow.Type] = TenantTables.all + VaultTables.all
    let underMAC = Dictionary(uniqueKeysWithValues: types.map { ($0.table, $0.columns + ["layout", "mac_generation", "mac"]) })
    let tables = try attacker.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    for table in tables {
      let columns = try attacker.columns(of: table).map(\.name)
      #expect((underMAC[table] == nil) != (Self.closed[table] == nil), "\(table) is on one list, and on one only")
      #expect(columns == underMAC[table] ?? Self.closed[table], "\(table)")
    }
    #expect(Set(tables) == Set(underMAC.keys).union(Self.closed.keys), "no list names a table that is not there")
  }
}
