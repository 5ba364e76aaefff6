import Foundation
import Sealing
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("rotating a workspace key")
struct RotationTests {
  private func states(_ custodian: Custodian, _ tenant: Tenant) throws -> [String] {
    try custodian.generations(workspace: tenant.workspace).map { "\($0.number):\($0.state.rawValue)" }
  }

  /// Every secret of both workspaces opens, every row is proven.
  private func expectSound(_ vault: TestVault, _ custodian: Custodian, leftBehind: Int = 0) async throws {
    let report = try await custodian.verify()
    #expect(report.problems == [])
    #expect(report.leftBehind == leftBehind)
    for (number, tenant) in vault.tenants.enumerated() {
      for (integration, version) in [(0, 1), (0, 2), (1, 1)] {
        let secret = try await custodian.text(
          of: tenant.integrations[integration], in: tenant, version: Int64(version))
        #expect(secret == "secret-\(number + 1)-\(integration)-\(version)")
      }
    }
  }

  @Test("moves every row of the workspace, in every table, and nobody else's")
  func everything() async throws {
    let vault = try await TestVault.large()
    let payloads = "SELECT payload FROM credentials ORDER BY rowid"
    let before = try vault.folder.attacker().rows(payloads)
    let end = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    #expect([end.from, end.to] == [1, 2])
    #expect(end.state == .verified)
    #expect(end.left == 0 && end.quarantined == 0)
    let attacker = try vault.folder.attacker()
    var total = 0
    for table in TenantTables.all {
      let of = { (tenant: Tenant) in "FROM \(table.table) WHERE workspace = '\(tenant.workspace.text)'" }
      let generations = try attacker.texts("SELECT DISTINCT mac_generation \(of(vault.first))")
      #expect(generations == ["2"], "\(table.table)")
      #expect(try attacker.texts("SELECT DISTINCT mac_generation \(of(vault.second))") == ["1"], "\(table.table)")
      if table.columns.contains("generation") {
        #expect(try attacker.texts("SELECT DISTINCT generation \(of(vault.first))") == ["2"], "\(table.table)")
      }
      total += try attacker.integer("SELECT count(*) \(of(vault.first))")
    }
    #expect(end.done == total)
    #expect(try attacker.rows(payloads) == before, "payloads are left alone")
    #expect(try states(vault.custodian, vault.first) == ["1:decrypt-only", "2:primary"])
    #expect(try states(vault.custodian, vault.second) == ["1:primary"])
    try await expectSound(vault, vault.custodian)
    try await expectSound(vault, try await vault.reopened())
    let actions = try vault.custodian.audit().map(\.action).filter { $0.hasPrefix("key.") }
    #expect(actions == ["key.prepare", "key.promote", "key.rewrapped"])
  }

  @Test("stopped after any page, it goes on from there and ends the same", arguments: 1...10)
  func resumed(stop: Int) async throws {
    let vault = try await TestVault.large()
    let workspace = vault.first.workspace
    let broken = try await vault.reopened()
    let pages = Mutex(0)
    // The process dies between two transactions: its store is gone, what it had committed is not.
    let outcome = await Task {
      try await broken.rotate(workspace: workspace, by: .commandLine, pages: PageSize(16...16)) { _ in
        if pages.withLock({ $0 += 1; return $0 }) == stop { try? broken.store.close() }
      }
    }.result
    #expect(throws: (any Error).self) { try outcome.get() }
    let custodian = try await vault.reopened()
    let halfway = try #require(try custodian.rotationProgress(workspace: workspace))
    #expect(halfway.state == .rewrapping)
    #expect(halfway.done > 0)
    try await expectSound(vault, custodian, leftBehind: halfway.left)
    if halfway.left > 0 {
      let error = await #expect(throws: CustodyError.self) {
        try await custodian.retire(1, workspace: workspace, by: .commandLine)
      }
      #expect("\(error, default: "none")".contains("\(halfway.left) rows"))
    }
    let end = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect(end.to == 2)
    #expect(end.left == 0)
    #expect(end.done == halfway.done + halfway.left, "no row is moved twice")
    #expect(try states(custodian, vault.first) == ["1:decrypt-only", "2:primary"])
    try await expectSound(vault, custodian)
  }

  @Test("a value sealed before the rotation and committed after it lands under the new generation")
  func sealedBefore() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    let head = try custodian.view { try $0.integration(tenant.integrations[1], workspace: tenant.workspace) }
    let early = try custodian.seal(custodian.fields("early"), integration: head, version: 2)
    let secret = try custodian.seal(Secret(copying: [1]), name: "n", workspace: tenant.workspace)
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(early.generation == 1)
    let now = try custodian.view { try $0.integration(tenant.integrations[1], workspace: tenant.workspace) }
    try await custodian.change(.test) { change in
      try change.commit(early, to: now)
      try change.insert(secret)
    }
    let rows = try custodian.view { view in
      (
        try view.row(CredentialRow.self, .uuid(head.integration), .integer(2)),
        try view.row(SealedSecretRow.self, .uuid(tenant.workspace), .text("n"), .integer(1))
      )
    }
    #expect(rows.0?.sealed.generation == 2)
    #expect(rows.0?.seal.generation == 2)
    #expect(rows.0?.sealed.payload == early.payload)
    #expect(rows.1?.sealed.generation == 2)
    #expect(try await vault.secret(of: head.integration, in: tenant) == "early")
    #expect(try await custodian.verify().leftBehind == 0)
  }

  @Test("puts go on meanwhile, and none is lost or left behind")
  func meanwhile() async throws {
    let vault = try await TestVault.large()
    let (custodian, tenant) = (vault.custodian, vault.first)
    async let rotation = custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    for number in 2...15 {
      try await custodian.put("secret-1-1-\(number)", to: tenant.integrations[1], in: tenant)
      #expect(try await vault.secret(of: tenant.integrations[1], in: tenant) == "secret-1-1-\(number)")
    }
    #expect(try await rotation.left == 0)
    for number in 1...15 {
      #expect(try await vault.secret(of: tenant.integrations[1], in: tenant, version: Int64(number)) == "secret-1-1-\(number)")
    }
    try await expectSound(vault, custodian)
  }

  @Test("another process notices at once")
  func otherProcess() async throws {
    let vault = try await TestVault.make()
    let other = try await vault.reopened()
    #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    _ = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    try await other.put("new", to: vault.first.integrations[0], in: vault.first)
    let row = try vault.custodian.view { try $0.row(CredentialRow.self, .uuid(vault.first.integrations[0]), .integer(3)) }
    #expect(row?.sealed.generation == 2)
    try await vault.custodian.retire(1, workspace: vault.first.workspace, by: .commandLine)
    #expect(try states(other, vault.first) == ["1:disabled", "2:primary"])
  }

  @Test("bookkeeping that was edited is refused, not followed", arguments: [
    "to_generation = 99", "to_generation = 1", "state = 'retired'", "row_cursor = 9223372036854775807", "table_index = -1",
    "rows_done = 9223372036854775807", "paused_at = 1",
  ])
  func tampered(change: String) async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let attacker = try vault.folder.attacker()
    try attacker.run("UPDATE certificates SET spki = x'00'")
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM rotations; UPDATE rotations SET state = 'rewrapping'")
    try attacker.run("UPDATE rotations SET \(change)")
    let damaged = CustodyError.integrity(table: "rotations", key: workspace.text)
    await #expect(throws: damaged) { _ = try await custodian.rotate(workspace: workspace, by: .commandLine) }
    #expect(throws: damaged) { _ = try custodian.rotationProgress(workspace: workspace) }
    #expect(try await custodian.verify().problems.contains("rotations/\(workspace.text)"))
    try attacker.run("DELETE FROM rotations; INSERT INTO rotations SELECT * FROM kept")
    #expect(try custodian.rotationProgress(workspace: workspace)?.quarantined == 2)
  }

  @Test("a rotation that names another generation than the primary is refused, not followed for ever")
  func otherGeneration() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    for (generation, state) in [(UInt32(0), RotationState.rewrapping), (1, .verifying), (3, .rewrapping), (99, .verifying)] {
      try await custodian.amend { change in
        var rotation = try #require(try change.rotation(workspace))
        (rotation.toGeneration, rotation.state) = (generation, state)
        try change.put(rotation)
      }
      await #expect(throws: CustodyError.integrity(table: "rotations", key: workspace.text)) {
        _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
      }
    }
  }
}
