import Foundation
import Storage
import Synchronization
import Testing

@testable import Custody
@testable import Sealing

@Suite("rotating away from keys that others hold")
struct CompromiseTests {
  private static let pkce = "attempt/x/pkce"

  /// Somebody who holds the keys of generation 1 and writes the file: the MACs are true.
  private func forge<R: TenantRow>(_ row: R, in vault: TestVault, isNew: Bool) async throws {
    let keys = vault.custodian.keys
    try await vault.custodian.store.write(.full) { tx in
      let stolen = try #require(try keys.ring(row.workspace, in: tx).keys[1])
      let forged = keys.sealed(row, under: stolen)
      try isNew ? tx.insert(forged) : tx.update(forged)
    }
  }

  private func forgedSecret(in vault: TestVault) throws -> SealedSecretRow {
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let stolen = try #require(try custodian.view { try $0.ring(workspace).keys[1] })
    var row = try #require(
      try custodian.view { try $0.row(SealedSecretRow.self, .uuid(workspace), .text(Self.pkce), .integer(1)) })
    row.sealed = stolen.seal(Secret(copying: [6, 6, 6]), in: row.context(vault: custodian.vaultID), createdAt: 1)
    return row
  }

  private func open(_ name: String, in vault: TestVault) async throws -> [UInt8] {
    try await vault.custodian.openSecret(
      name, workspace: vault.first.workspace, by: .library, purpose: "test"
    ).withBytes { [UInt8]($0) }
  }

  /// What `root rekey --compromised` does to each ring.
  private func taint(_ vault: TestVault) async throws {
    let workspace = vault.first.workspace
    try await vault.custodian.amend { change in
      let ring = try change.ring(workspace)
      try change.put(ring.states, of: workspace, after: ring, taintedThrough: ring.states.primary)
    }
  }

  @Test("what the log knows is carried over with new data keys; what it does not know is quarantined, true MAC or not")
  func carriedAndQuarantined() async throws {
    let vault = try await TestVault.large()
    let (custodian, tenant, attacker) = (vault.custodian, vault.first, try vault.folder.attacker())
    let (workspace, now) = (tenant.workspace, Clocks.fixed.now())
    let planted = tenant.certificateRow("planted", at: now)
    var enabled = tenant.certificateRow("kid-1", at: now)
    enabled.state = .retired
    try await forge(planted, in: vault, isNew: true)
    try await forge(enabled, in: vault, isNew: false)
    try await forge(try forgedSecret(in: vault), in: vault, isNew: false)
    await #expect(throws: CustodyError.self, "a true MAC is not enough: the log does not tell of it") {
      _ = try await open(Self.pkce, in: vault)
    }

    let payloads = "SELECT hex(payload) FROM credentials WHERE workspace = '\(workspace.text)' ORDER BY rowid"
    let before = try attacker.texts(payloads)
    let end = try await custodian.rotate(workspace: workspace, .compromised, by: .commandLine, pages: PageSize(16...16))
    #expect([end.from, end.to] == [1, 2])
    #expect(end.state == .verified)
    #expect(end.left == 0)
    let names = ["\(workspace.text)/kid-1", "\(workspace.text)/planted"].map { "certificates/\($0)" }
      + ["sealed_secrets/\(workspace.text)/\(Self.pkce)/1"]
    let status = try await custodian.keyStatus(workspace: workspace)
    #expect(status.quarantine.map(\.name.text).sorted() == names.sorted())
    await #expect(throws: CustodyError.self) { _ = try await open(Self.pkce, in: vault) }

    let after = try attacker.texts(payloads)
    #expect(after.count == before.count)
    #expect(Set(after).isDisjoint(with: before), "every payload is encrypted anew")
    #expect(try attacker.texts("SELECT DISTINCT generation FROM credentials WHERE workspace = '\(workspace.text)'") == ["2"])
    for (index, version) in [(0, 1), (0, 2), (1, 1)] {
      let secret = try await custodian.text(of: tenant.integrations[index], in: tenant, version: Int64(version))
      #expect(secret == "secret-1-\(index)-\(version)")
    }
    let client = "connector/\(tenant.connector.text)/client_secret"
    #expect(try await open(client, in: vault) == Array(client.utf8))
    let reopened = try await vault.reopened()
    #expect(try await reopened.verify().problems.sorted() == names.sorted(), "and the log agrees with the rest")

    try await custodian.retire(
      1, workspace: workspace, abandoned: status.quarantine.map(\.name), grace: .zero, by: .commandLine)
    #expect(try custodian.compromise(of: workspace) == .none)
  }

  @Test("from the promotion on, a row under the old key counts only if the log knows it; everything else goes on")
  func online() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    try await forge(try forgedSecret(in: vault), in: vault, isNew: false)
    let other = try await vault.reopened()
    try await custodian.begin(.compromised, workspace: tenant.workspace, by: .commandLine)
    #expect(try custodian.compromise(of: tenant.workspace) == .underWay)
    await #expect(throws: CustodyError.self) { _ = try await open(Self.pkce, in: vault) }
    #expect(try await other.text(of: tenant.integrations[0], in: tenant) == "secret-1-0-2")
    try await other.put("secret-new", to: tenant.integrations[1], in: tenant)
    #expect(try await custodian.text(of: tenant.integrations[1], in: tenant) == "secret-new")
    // A row that is written before its turn comes gets its new data key then.
    let key = tenant.integrations[0]
    let old = try custodian.view { try $0.row(CredentialRow.self, .uuid(key), .integer(1)) }
    try await other.change(.test) { change in
      var row = try #require(try change.row(CredentialRow.self, .uuid(key), .integer(1)))
      row.scopes = "changed"
      try change.update(row)
    }
    let new = try custodian.view { try $0.row(CredentialRow.self, .uuid(key), .integer(1)) }
    #expect(new?.sealed.generation == 2)
    #expect(new?.sealed.payload != old?.sealed.payload)
    let end = try await custodian.rotate(workspace: tenant.workspace, .compromised, by: .commandLine)
    #expect(end.to == 2, "what was begun is gone on with")
    #expect(end.left == 0)
    #expect(try await custodian.text(of: key, in: tenant, version: 1) == "secret-1-0-1")
  }

  @Test("a header that was sealed anew around a wrong data key is quarantined, and the rotation ends", .timeLimit(.minutes(1)))
  func wrongDataKey() async throws {
    let vault = try await TestVault.make()
    let (custodian, workspace) = (vault.custodian, vault.first.workspace)
    let stolen = try #require(try custodian.view { try $0.ring(workspace).keys[1] })
    var row = try #require(
      try custodian.view { try $0.row(SealedSecretRow.self, .uuid(workspace), .text(Self.pkce), .integer(1)) })
    let context = row.context(vault: custodian.vaultID)
    let header = Header(
      generation: 1, version: context.version, createdAt: 1, dataKey: .random(32), contextHash: context.hash,
      ciphertextHash: row.sealed.ciphertextHash(in: context))
    row.sealed.header = header.encoded().withBytes { SealedBox.seal($0, to: stolen.publicKey) }
    try stolen.check(row.sealed, in: context)
    try await forge(row, in: vault, isNew: false)
    let pages = Mutex(0)
    let end = try await custodian.rotate(workspace: workspace, .compromised, by: .commandLine) { _ in
      pages.withLock { $0 += 1 }
    }
    #expect(end.state == .verified && end.quarantined == 1)
    #expect(pages.withLock { $0 } == TenantTables.all.count, "one pass is enough")
    let listed = try await custodian.keyStatus(workspace: workspace).quarantine
    #expect(listed.map(\.name) == [RowName(row)])
    let actions = try custodian.audit().map(\.action).filter { $0.hasSuffix("quarantine") }
    #expect(actions == ["key.quarantine"], "it is listed once")
  }

  @Test("stopped after any page, it goes on from there", arguments: [1, 5, 9])
  func resumed(stop: Int) async throws {
    let vault = try await TestVault.large()
    let workspace = vault.first.workspace
    let broken = try await vault.reopened()
    let pages = Mutex(0)
    let outcome = await Task {
      try await broken.rotate(workspace: workspace, .compromised, by: .commandLine, pages: PageSize(16...16)) { _ in
        if pages.withLock({ $0 += 1; return $0 }) == stop { try? broken.store.close() }
      }
    }.result
    #expect(throws: (any Error).self) { try outcome.get() }
    let custodian = try await vault.reopened()
    let end = try await custodian.rotate(workspace: workspace, by: .commandLine)
    #expect([end.from, end.to] == [1, 2])
    #expect(end.left == 0)
    let report = try await custodian.verify()
    #expect(report.problems == [])
    #expect(report.audit.isSound)
    #expect(try await custodian.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
  }

  @Test("keys that were marked are red until they are rotated and retired; nothing goes back to them")
  func marked() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    let workspace = tenant.workspace
    #expect(try custodian.compromise(of: workspace) == .none)
    try await taint(vault)
    #expect(try custodian.compromise(of: workspace) == .rotationNeeded)
    #expect(try custodian.generations(workspace: workspace).map(\.isTainted) == [true])
    try await custodian.put("in the meantime", to: tenant.integrations[1], in: tenant)
    #expect(try await custodian.text(of: tenant.integrations[1], in: tenant) == "in the meantime")
    let plain = await #expect(throws: CustodyError.self) {
      _ = try await custodian.rotate(workspace: workspace, by: .commandLine)
    }
    #expect("\(plain, default: "none")".contains("--compromised"))
    _ = try await custodian.rotate(workspace: workspace, .compromised, by: .commandLine)
    #expect(try custodian.compromise(of: workspace) == .underWay, "the old keys still open rows")
    await #expect(throws: CustodyError.refused("generation 1 is known to others: nothing goes back to it")) {
      _ = try await custodian.rotate(workspace: workspace, .back(to: 1), by: .commandLine)
    }
    try await custodian.retire(1, workspace: workspace, by: .commandLine)
    #expect(try custodian.compromise(of: workspace) == .none)
    await #expect(throws: CustodyError.refused("generation 1 is known to others: it does not come back")) {
      try await custodian.unretire(1, workspace: workspace, by: .commandLine)
    }
    #expect(try custodian.compromise(of: vault.second.workspace) == .none)
  }

  @Test("a generation that was prepared while others could read along is not promoted")
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
    let end = try await custodian.rotate(workspace: workspace, .compromised, by: .commandLine)
    #expect(end.to == 3)
    #expect(try custodian.generations(workspace: workspace).map(\.state) == [.decryptOnly, .destroyed, .primary])
    #expect(try custodian.generations(workspace: workspace).map(\.isTainted) == [true, true, false])
  }

  @Test("lists what must be replaced at its provider, until it is replaced")
  func exposed() async throws {
    let vault = try await TestVault.make()
    let (custodian, tenant) = (vault.custodian, vault.first)
    _ = try await custodian.rotate(workspace: tenant.workspace, by: .commandLine)
    #expect(try await custodian.keyStatus(workspace: tenant.workspace).exposed == [])
    _ = try await custodian.rotate(workspace: tenant.workspace, .compromised, by: .commandLine)
    let integrations = tenant.integrations.map { ExposedSecret(integration: $0, connector: "one", kind: "api_key") }
    let client = ExposedSecret(integration: nil, connector: "one", kind: "client_secret")
    #expect(try await custodian.keyStatus(workspace: tenant.workspace).exposed == [client] + integrations)
    #expect(try await custodian.keyStatus(workspace: vault.second.workspace).exposed == [])
    // The customer connects again: a new grant, later than the leak. A new version of the old grant is no replacement.
    let later = try await vault.reopened(
      clocks: Clocks(now: { Clocks.fixed.now() + .seconds(1) }, boot: Clocks.fixed.boot))
    try await later.put("refreshed", to: tenant.integrations[1], in: tenant)
    #expect(try await custodian.keyStatus(workspace: tenant.workspace).exposed == [client] + integrations)
    try await later.change(.test) { change in
      var head = try change.integration(tenant.integrations[0], workspace: tenant.workspace)
      head.grantNumber += 1
      try change.update(head)
    }
    try await later.put("replaced", to: tenant.integrations[0], in: tenant)
    #expect(try await custodian.keyStatus(workspace: tenant.workspace).exposed == [client, integrations[1]])
  }
}
