import Foundation
import Storage
import Testing

@testable import Custody
@testable import Sealing

/// Anyone with the public key can seal. What he seals must not become a credential.
@Suite("forgery")
struct ForgeryTests {
  /// A well-formed value for `context`, made with nothing but the public key in the database.
  private func forge(_ secret: String, for context: Context, publicKey: [UInt8], generation: UInt32) -> SealedValue {
    var writer = CredentialFieldsWriter()
    writer.add("api_key", Secret(copying: Array(secret.utf8)))
    let dataKey = Secret.random(32)
    let hash = context.hash
    let payload = writer.finish().withEncoded { Payload.encrypt($0, dataKey: dataKey, contextHash: hash) }
    let header = Header(
      generation: generation, version: context.version, createdAt: 0, dataKey: dataKey, contextHash: hash,
      ciphertextHash: Payload.hash(payload, contextHash: hash))
    let sealed = header.encoded().withBytes { SealedBox.seal($0, to: publicKey) }
    return SealedValue(generation: generation, header: sealed, payload: payload)
  }

  private func forged(in vault: TestVault, version: UInt64) throws -> SealedValue {
    let attacker = try vault.folder.attacker()
    let tenant = vault.first
    let publicKey = try #require(
      try attacker.rows(
        "SELECT public_key FROM workspace_keys WHERE workspace = '\(tenant.workspace.text)'"
      ).first.flatMap { Data.fromDatabaseValue($0[0]) })
    let context = Context(
      vault: vault.custodian.vaultID, workspace: tenant.workspace.text, customer: "customer-2",
      integration: tenant.integrations[1].text, name: "credential", version: version)
    let sealed = forge("planted", for: context, publicKey: [UInt8](publicKey), generation: 1)
    // The forgery is a good one: the key opens it. Only the row's MAC stands in its way.
    let ring = try vault.custodian.store.read { try vault.custodian.keys.ring(tenant.workspace, in: $0) }
    let opened = try #require(ring.usable(1)).outcomeText(sealed, in: context)
    #expect(opened == "planted")
    return sealed
  }

  @Test("a value sealed with the public key alone does not take the place of a credential's")
  func replaced() async throws {
    let vault = try await TestVault.make()
    let (id, attacker) = (vault.first.integrations[1], try vault.folder.attacker())
    let forged = try forged(in: vault, version: 1)
    try attacker.run(
      "UPDATE credentials SET header = ?, payload = ? WHERE integration = ?",
      [Data(forged.header).databaseValue, Data(forged.payload).databaseValue, id.text.databaseValue])
    let error = CustodyError.integrity(table: "credentials", key: "\(id.text)/1")
    await #expect(throws: error) { _ = try await vault.secret(of: id, in: vault.first) }
    #expect(try await vault.custodian.verify().problems.contains("credentials/\(id.text)/1"))
  }

  @Test(
    "a forged row, with whatever MAC, is no version",
    arguments: [
      "1, 1, zeroblob(32)", "1, 0, zeroblob(32)", "1, 2, zeroblob(32)", "0, 1, zeroblob(32)", "1, 1, x''",
      "1, 1, (SELECT mac FROM credentials LIMIT 1)", "1, 0, (SELECT mac FROM workspaces LIMIT 1)",
    ])
  func inserted(seal: String) async throws {
    let vault = try await TestVault.make()
    let (id, attacker) = (vault.first.integrations[1], try vault.folder.attacker())
    let forged = try forged(in: vault, version: 2)
    try attacker.run(
      """
      INSERT INTO credentials SELECT integration, 2, workspace, customer, grant_number, kind, origin, state, scopes,
        refreshable, fingerprint, lifetime, expires_at, created_at, 1, ?, ?, \(seal)
      FROM credentials WHERE integration = ? AND version = 1
      """, [Data(forged.header).databaseValue, Data(forged.payload).databaseValue, id.text.databaseValue])
    await #expect(throws: CustodyError.integrity(table: "credentials", key: "\(id.text)/2")) {
      _ = try await vault.secret(of: id, in: vault.first, version: 2)
    }
    #expect(try await vault.secret(of: id, in: vault.first) == "secret-1-1-1")
  }

  @Test("keys of the attacker's own, in place of a generation's, never seal anything")
  func swappedKeys() async throws {
    let vault = try await TestVault.make()
    let attacker = try vault.folder.attacker()
    let workspace = vault.first.workspace.text
    let publicKey = Data(KeyGeneration.generate(1).publicKey).databaseValue
    try attacker.run("UPDATE workspace_keys SET public_key = ? WHERE workspace = ?", [publicKey, workspace.databaseValue])
    let custodian = try await vault.reopened()
    await #expect(throws: CustodyError.integrity(table: "workspace_keys", key: "\(workspace)/1")) {
      try await custodian.put("mine", to: vault.first.integrations[0], in: vault.first)
    }
  }

  @Test("another workspace's keys do not serve")
  func borrowedKeys() async throws {
    let vault = try await TestVault.make()
    let (first, second) = (vault.first.workspace.text, vault.second.workspace.text)
    try vault.folder.attack(
      """
      UPDATE workspace_keys SET
        public_key = (SELECT public_key FROM workspace_keys WHERE workspace = '\(second)'),
        wrapped = (SELECT wrapped FROM workspace_keys WHERE workspace = '\(second)')
      WHERE workspace = '\(first)'
      """)
    let custodian = try await vault.reopened()
    #expect(throws: CustodyError.integrity(table: "workspace_keys", key: "\(first)/1")) {
      try custodian.view { try $0.integration(vault.first.integrations[0], workspace: vault.first.workspace) }
    }
    #expect(try await custodian.text(of: vault.second.integrations[0], in: vault.second) == "secret-2-0-2")
  }
}

extension KeyGeneration {
  fileprivate func outcomeText(_ sealed: SealedValue, in context: Context) -> String? {
    do { return try CredentialFields(decoding: open(sealed, in: context)).text } catch { return nil }
  }
}
