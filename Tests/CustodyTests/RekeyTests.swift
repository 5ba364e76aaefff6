import Foundation
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("replacing the root key")
struct RekeyTests {
  private func open(_ vault: TestVault, with source: RootKeySource) async throws -> Custodian {
    try await Custodian.open(at: vault.folder.database, rootKey: source, clocks: .fixed)
  }

  private func recovery(_ vault: TestVault) throws -> RootKeySource {
    .recovery(path: try vault.folder.write(vault.recoveryKey, to: "recovery"))
  }

  /// Everything that a rekey must not touch.
  private func data(_ vault: TestVault) throws -> String {
    let attacker = try vault.folder.attacker()
    return try TenantTables.all.map { try attacker.rows("SELECT * FROM \($0.table)").description }.joined()
  }

  private func refusal(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch CustodyError.refused(let text) { return text } catch { return "\(error)" }
    return "done"
  }

  @Test("the new root key opens by file and by recovery key; no row of a workspace is touched")
  func rekey() async throws {
    let vault = try await TestVault.make()
    let before = try data(vault)
    let report = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine)
    #expect(report == RekeyReport(epoch: 2, kept: ["file-1", "recovery"], dropped: [], rewrapped: 5, tainted: 0))
    #expect(try data(vault) == before)
    for source in [vault.rootKey, try recovery(vault)] {
      let custodian = try await open(vault, with: source)
      #expect(try await custodian.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
      #expect(try await custodian.verify().isSound)
      try await custodian.close()
    }
    #expect(try vault.custodian.audit().contains { $0.action == "root.rekey" })
  }

  @Test("a process that was open all the time reads, seals, creates and rotates under the new root key")
  func otherProcess() async throws {
    let vault = try await TestVault.make()
    for source in [vault.rootKey, try recovery(vault)] {
      let other = try await open(vault, with: source)
      #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) != nil)
      _ = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine)
      #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) != nil)
      #expect(try await other.text(of: vault.second.integrations[1], in: vault.second) == "secret-2-1-1")
      try await other.put("after", to: vault.first.integrations[0], in: vault.first)
      let workspace = UUID()
      try await other.createWorkspace(id: workspace, name: "new", origins: [], by: .commandLine)
      #expect(try await other.rotate(workspace: vault.second.workspace, by: .commandLine).left == 0)
      #expect(try vault.custodian.view { try $0.workspace(workspace).name } == "new")
      _ = try await vault.custodian.rotate(workspace: workspace, by: .commandLine)
      #expect(try await vault.custodian.text(of: vault.second.integrations[1], in: vault.second) == "secret-2-1-1")
      try await other.close()
    }
    let fresh = try await open(vault, with: vault.rootKey)
    #expect(try await fresh.verify().isSound)
  }

  @Test("two rekeys by turns, in two processes")
  func byTurns() async throws {
    let vault = try await TestVault.make()
    let other = try await vault.reopened()
    for epoch: Int64 in [2, 4] {
      #expect(try await vault.custodian.rekey(RekeyRequest(), by: .commandLine).epoch == epoch)
      #expect(try await other.rekey(RekeyRequest(), by: .commandLine).epoch == epoch + 1)
    }
    #expect(try await vault.custodian.verify().isSound)
    #expect(try await vault.reopened().verify().isSound)
  }

  @Test("a slot whose source is not at hand is named; with its source it is kept, by its name dropped")
  func missing() async throws {
    let vault = try await TestVault.make()
    let second = RootKeySource.file(path: "\(vault.folder.path)/second.key")
    _ = try await vault.custodian.addSlot(from: second, by: .commandLine)
    let before = try vault.folder.attacker().rows("SELECT * FROM root_slots").description
    let text = await refusal { _ = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine) }
    #expect(text.contains("file-2 (file)") && !text.contains("recovery"))
    #expect(
      await refusal { _ = try await vault.custodian.rekey(RekeyRequest(dropping: ["file-7"]), by: .commandLine) }
        .contains("no slot file-7"))
    #expect(try vault.folder.attacker().rows("SELECT * FROM root_slots").description == before)
    #expect(try await vault.custodian.rekey(RekeyRequest(sources: [second]), by: .commandLine).kept.contains("file-2"))
    try await open(vault, with: second).close()
    let dropped = try await vault.custodian.rekey(RekeyRequest(dropping: ["file-2"]), by: .commandLine)
    #expect(dropped.kept == ["file-1", "recovery"])
    await #expect(throws: CustodyError.self) { try await open(vault, with: second) }
  }

  @Test("a leaked key file is left behind: the old key with its old slot opens nothing any more")
  func leaked() async throws {
    let vault = try await TestVault.make()
    let (old, new) = (vault.rootKey, RootKeySource.file(path: "\(vault.folder.path)/new.key"))
    let slot = try #require(try vault.folder.attacker().rows("SELECT * FROM root_slots WHERE slot = 'file-1'").first)
    let other = try await vault.reopened()
    #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    _ = try await vault.custodian.addSlot(from: new, name: "new", by: .commandLine)
    #expect(
      await refusal { _ = try await vault.custodian.rekey(RekeyRequest(dropping: ["file-1", "new", "recovery"]), by: .commandLine) }
        .contains("no slot that was opened here"))
    let request = RekeyRequest(dropping: ["file-1"], sources: [new], isCompromised: true)
    #expect(try await vault.custodian.rekey(request, by: .commandLine).kept == ["new", "recovery"])
    let attacker = try vault.folder.attacker()
    let marks = slot.map { _ in "?" }.joined(separator: ", ")
    try attacker.run("INSERT INTO root_slots VALUES (\(marks))", slot)
    await #expect(throws: CustodyError.self) { try await open(vault, with: old) }
    try attacker.run("DELETE FROM root_slots WHERE slot = 'file-1'")

    // What holds the old key goes on with the workspace keys that it has, and wraps nothing.
    #expect(try await other.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    await #expect(throws: CustodyError.self) { try await other.text(of: vault.second.integrations[1], in: vault.second) }
    let locked = await #expect(throws: CustodyError.self) {
      try await other.createWorkspace(id: UUID(), name: "late", origins: [], by: .commandLine)
    }
    guard case .locked(let text)? = locked else { Issue.record("\(String(describing: locked))"); return }
    #expect(text.contains("was replaced"))
    #expect(try await open(vault, with: new).verify().isSound)
  }

  @Test("after a leak every key ring says which generations are known to others")
  func compromised() async throws {
    let vault = try await TestVault.make()
    let custodian = vault.custodian
    func tainted(_ tenant: Tenant) throws -> UInt32? {
      try custodian.generations(workspace: tenant.workspace).last { $0.isTainted }?.number
    }
    _ = try await custodian.rotate(workspace: vault.first.workspace, by: .commandLine)
    #expect(try tainted(vault.first) == nil)
    #expect(try await custodian.rekey(RekeyRequest(isCompromised: true), by: .commandLine).tainted == 2)
    #expect(try tainted(vault.first) == 2)
    #expect(try tainted(vault.second) == 1)
    await #expect(throws: CustodyError.self, "a plain rotation does not lift it") {
      _ = try await custodian.rotate(workspace: vault.second.workspace, by: .commandLine)
    }
    let end = try await custodian.rotate(workspace: vault.second.workspace, .compromised, by: .commandLine)
    #expect(end.state == .verified && end.to == 2)
    #expect(try custodian.compromise(of: vault.second.workspace) == .underWay)
    #expect(try custodian.compromise(of: vault.first.workspace) == .rotationNeeded)
    try vault.folder.attack("UPDATE key_rings SET tainted_through = NULL")
    #expect(throws: CustodyError.self) { try tainted(vault.second) }
  }

  @Test("a damaged wrap stops a rekey before anything is changed")
  func damaged() async throws {
    let vault = try await TestVault.make()
    try vault.folder.attack("UPDATE workspace_keys SET wrapped = zeroblob(104) WHERE workspace = '\(vault.first.workspace.text)'")
    let before = try vault.folder.attacker().rows("SELECT * FROM root_slots").description
    await #expect(throws: CustodyError.integrity(table: "workspace_keys", key: "\(vault.first.workspace.text)/1")) {
      _ = try await vault.custodian.rekey(RekeyRequest(), by: .commandLine)
    }
    #expect(try vault.folder.attacker().rows("SELECT * FROM root_slots").description == before)
  }

  @Test("every table with a wrapped key is rekeyed")
  func complete() async throws {
    let attacker = try await TestVault.empty().folder.attacker()
    let tables = try attacker.texts("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    let wrapping = try tables.filter { try attacker.columns(of: $0).contains { $0.name == "wrapped" } }
    #expect(Set(wrapping) == Set(WrappedKeyRows.all.map { $0.table } + ["root_slots"]))
  }
}
