import Foundation
import GRDB
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("retiring and destroying a generation")
struct RetirementTests {
  private func isRefused(_ error: CustodyError?, saying words: String) -> Bool {
    guard case .refused(let text)? = error else { return false }
    return text.contains(words)
  }

  private func rotated() async throws -> TestVault {
    let vault = try await TestVault.make()
    _ = try await vault.custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    return vault
  }

  @Test("only a decrypt-only generation is retired, only a retired one destroyed", arguments: [UInt32(0), 1, 2, 3])
  func order(generation: UInt32) async throws {
    let vault = try await rotated()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let early = await #expect(throws: CustodyError.self) {
      try await custodian.destroy(generation, workspace: workspace, by: .commandLine)
    }
    #expect(isRefused(early, saying: "retire it first"))
    if generation == 1 { return }
    let wrong = await #expect(throws: CustodyError.self) {
      try await custodian.retire(generation, workspace: workspace, by: .commandLine)
    }
    #expect(isRefused(wrong, saying: generation == 2 ? "primary" : "unknown"))
    #expect(try await custodian.verify().isSound)
  }

  @Test("after retirement and destruction everything still opens, and the secret half is gone")
  func destroyed() async throws {
    let vault = try await rotated()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    try await custodian.retire(1, workspace: workspace, grace: .zero, by: .commandLine)
    try await custodian.destroy(1, workspace: workspace, by: .commandLine)
    let wrapped = try vault.folder.attacker().rows(
      "SELECT wrapped IS NULL FROM workspace_keys WHERE workspace = '\(workspace.text)' ORDER BY generation")
    #expect(wrapped == [[1.databaseValue], [0.databaseValue]])
    for opened in [custodian, try await vault.reopened()] {
      #expect(try opened.generations(workspace: workspace).map(\.state) == [.destroyed, .primary])
      #expect(try await opened.verify().problems == [])
      #expect(try await opened.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    }
    let actions = try custodian.audit().map(\.action).filter { $0 == "key.retire" || $0 == "key.destroy" }
    #expect(actions == ["key.retire", "key.destroy"])
    let again = await #expect(throws: CustodyError.self) {
      try await custodian.destroy(1, workspace: workspace, by: .commandLine)
    }
    #expect(isRefused(again, saying: "destroyed"))
  }

  @Test("a row of the old generation that is put back is refused, once that is retired")
  func putBack() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant, attacker) = (vault.custodian, vault.first, try vault.folder.attacker())
    let id = tenant.integrations[1]
    try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM credentials WHERE integration = '\(id.text)'")
    func putBack() throws {
      try attacker.run("DELETE FROM credentials WHERE integration = '\(id.text)'; INSERT INTO credentials SELECT * FROM kept")
    }
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    try await custodian.retire(1, workspace: tenant.workspace, grace: .zero, by: .commandLine)
    try putBack()
    let error = CustodyError.integrity(table: "credentials", key: "\(id.text)/1")
    await #expect(throws: error) { _ = try await vault.secret(of: id, in: tenant) }
    #expect(try await custodian.verify().problems.contains("credentials/\(id.text)/1"))
    try await custodian.destroy(1, workspace: tenant.workspace, by: .commandLine)
    await #expect(throws: error) { _ = try await vault.secret(of: id, in: tenant) }
    let reopened = try await vault.reopened()
    await #expect(throws: error) { _ = try await reopened.text(of: id, in: tenant) }
  }

  @Test("retirement counts for itself: a row that was put back under the old generation is in its way")
  func straggler() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant, attacker) = (vault.custodian, vault.first, try vault.folder.attacker())
    try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM certificates WHERE workspace = '\(tenant.workspace.text)'")
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    try attacker.run(
      "DELETE FROM certificates WHERE workspace = '\(tenant.workspace.text)'; INSERT INTO certificates SELECT * FROM kept")
    let error = await #expect(throws: CustodyError.self) {
      try await custodian.retire(1, workspace: tenant.workspace, by: .commandLine)
    }
    #expect(isRefused(error, saying: "2 rows"))
    #expect(try custodian.generations(workspace: tenant.workspace).map(\.state) == [.decryptOnly, .primary])
  }

  /// Damage to one certificate: ordinary, and of the kinds that cannot be read.
  @Test(
    "a damaged row is quarantined by name and left in place; while there is one, nothing is retired",
    arguments: ["spki = x'00'", "state = 'x'", "layout = 257", "mac = x''"])
  func quarantine(change: String) async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant, attacker) = (vault.custodian, vault.first, try vault.folder.attacker())
    let one = "workspace = '\(tenant.workspace.text)' AND kid = 'kid-1'"
    try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM certificates WHERE \(one)")
    try attacker.run("UPDATE certificates SET \(change) WHERE \(one)")
    let damaged = try attacker.rows("SELECT * FROM certificates WHERE \(one)")
    let end = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(end.quarantined == 1)
    #expect(try attacker.rows("SELECT * FROM certificates WHERE \(one)") == damaged)
    let entries = try custodian.audit().filter { $0.action == "key.quarantine" }
    #expect(entries.map(\.subject) == ["certificates/\(tenant.workspace.text)/kid-1"])
    let error = await #expect(throws: CustodyError.self) {
      try await custodian.retire(1, workspace: tenant.workspace, by: .commandLine)
    }
    #expect(isRefused(error, saying: "1 "))
    #expect(try await custodian.verify().problems == ["certificates/\(tenant.workspace.text)/kid-1"])
    #expect(try await vault.secret(of: tenant.integrations[0], in: tenant) == "secret-1-0-2")
    // Mended from a copy, the row is as good as before, and the next rotation takes it along.
    try attacker.run("DELETE FROM certificates WHERE \(one); INSERT INTO certificates SELECT * FROM kept")
    let next = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(next.quarantined == 0)
    #expect(next.left == 0)
    for generation: UInt32 in 1...2 {
      try await custodian.retire(generation, workspace: tenant.workspace, by: .commandLine)
    }
    #expect(try await custodian.verify().problems == [])
  }

  @Test("a damaged row that says it was moved already is reported too", arguments: [2, 9])
  func claimsToBeMoved(generation: Int) async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    try vault.folder.attack(
      "UPDATE certificates SET mac_generation = \(generation) WHERE workspace = '\(tenant.workspace.text)' AND kid = 'kid-1'")
    let end = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(end.left == 0)
    let name = "certificates/\(tenant.workspace.text)/kid-1"
    #expect(try custodian.audit().filter { $0.action == "key.quarantine" }.map(\.subject) == [name])
    #expect(try await custodian.verify().problems == [name])
    // Nobody can say what it was sealed under: the generation that might open it stays.
    await #expect(throws: CustodyError.self) {
      try await custodian.retire(1, workspace: tenant.workspace, by: .commandLine)
    }
  }
}

@Suite("the grace of a retired generation")
struct GraceTests {
  @Test("it is kept until its grace has ended, or somebody says now", arguments: [false, true])
  func grace(isUrgent: Bool) async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    try await custodian.retire(1, workspace: workspace, by: .commandLine)
    let week = Duration.seconds(7 * 86_400)
    let end = Clocks.fixed.now() + week
    #expect(try custodian.generations(workspace: workspace).compactMap(\.endOfGrace) == [end])
    let early = Clocks(now: { end - .seconds(1) }, boot: Clocks.fixed.boot)
    let error = await #expect(throws: CustodyError.self) {
      try await vault.reopened(clocks: early).destroy(1, workspace: workspace, by: .commandLine)
    }
    #expect("\(error, default: "none")".contains("--now"))
    let later = Clocks(now: { end }, boot: Clocks.fixed.boot)
    let opened = try await vault.reopened(clocks: isUrgent ? early : later)
    try await opened.destroy(1, workspace: workspace, isUrgent: isUrgent, by: .commandLine)
    #expect(try custodian.generations(workspace: workspace).map(\.state) == [.destroyed, .primary])
    #expect(try custodian.generations(workspace: workspace).allSatisfy { $0.endOfGrace == nil })
    #expect(try await opened.verify().problems == [])
  }

  @Test("a generation that was only prepared is destroyed without waiting: what undoes a prepare")
  func prepared() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace, keys) = (vault.custodian, vault.first.workspace, vault.custodian.keys)
    try await custodian.amend { change in
      let ring = try change.ring(workspace)
      try change.insert(
        KeyGeneration.generate(2).row(
          under: keys.root(in: change.tx), vault: keys.vault, workspace: workspace, now: change.now))
      try change.put(try ring.states.with([2: .pending]), of: workspace, after: ring)
    }
    try await custodian.destroy(2, workspace: workspace, by: .commandLine)
    let end = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect(end.to == 3)
    #expect(try custodian.generations(workspace: workspace).map(\.state) == [.decryptOnly, .destroyed, .primary])
  }

  @Test("states are told by one text, and no other text is taken")
  func text() throws {
    for text in ["1:primary", "1:destroyed,2:disabled@1760000000000,3:decrypt-only,4:primary,5:pending"] {
      #expect(GenerationStates(text)?.text == text)
    }
    for text in [
      "", "1:pending", "1:primary,2:primary", "1:primary,1:pending", "x:primary", "1:primary@5", "1:primary,2:disabled@",
      "1:primary,2:disabled@1@2", "1:primary,2:gone", "1", "1:primary:2",
    ] {
      #expect(GenerationStates(text) == nil, "\(text)")
    }
  }
}
