import Foundation
import Renewal
import Reseal
import Storage
import TestKit
import Testing

struct VaultCredentialTests {
  /// A vault as a backend opens it, on the world's database. Its clock is the real one.
  private func open(_ world: World) async throws -> Vault {
    try await Vault.open(
      at: world.folder.database, rootKey: .file(world.folder.keyFile), providers: world.folder.providers,
      publicURL: World.address, allowsPrivateAddresses: true)
  }

  private func unavailable(_ vault: Vault, _ world: World, _ id: UUID) async throws -> Unavailable? {
    switch try await vault.credential(workspace: world.workspace, customer: World.customer, integration: id) {
    case .active: return nil
    case .unavailable(let reason): return reason
    }
  }

  private func error(_ body: () async throws(VaultError) -> Void) async -> VaultError? {
    do throws(VaultError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  @Test func handsOutWhatIsValidNow() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let vault = try await open(world)
      switch try await vault.credential(workspace: world.workspace, customer: World.customer, integration: id) {
      case .unavailable(let reason): Issue.record("\(reason)")
      case .active(let credential):
        // The world's first token ran out long ago by the real clock, so this is a fresh one.
        let (kind, version, expiresAt) = (credential.kind, credential.version, credential.expiresAt)
        #expect(kind == "oauth2" && version == 2)
        #expect(try #require(expiresAt) > Date())
        let token = try credential.withAccessToken { String(decoding: $0, as: UTF8.self) }
        let header = try credential.authorizationHeader()
        #expect(!token.isEmpty && header == "Bearer \(token)")
        #expect(try await world.field("access_token", of: id, version: 2) == token)
      }
      await vault.close()
    }
  }

  @Test func neverHandsOutARefreshToken() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let vault = try await open(world)
      switch try await vault.credential(workspace: world.workspace, customer: World.customer, integration: id) {
      case .unavailable(let reason): Issue.record("\(reason)")
      case .active(let credential):
        for name in ["refresh_token", "api_key", "", "ACCESS_TOKEN"] {
          var refusal: VaultError?
          do { try credential.withField(name) { _ in } } catch { refusal = error as? VaultError }
          #expect(refusal == .noSuchField(name))
        }
      }
      #expect(try await world.field("refresh_token", of: id) != nil)
      await vault.close()
    }
  }

  @Test func recordsTheOpeningBeforeItAnswers() async throws {
    try await World.run { world in
      let id = try await world.put(["api_key": "k"], kind: .apiKey)
      let vault = try await open(world)
      func openings() throws -> [AuditRow] {
        try world.audit().filter { $0.action == "credential.open" && $0.actor == "library" }
      }
      for _ in 1...3 {
        switch try await vault.credential(workspace: world.workspace, customer: World.customer, integration: id) {
        case .unavailable(let reason): Issue.record("\(reason)")
        case .active(let credential):
          #expect(try openings().map(\.subject) == ["integration/\(id.text)"], "this minute's entry stands")
          #expect(try credential.withField("api_key") { String(decoding: $0, as: UTF8.self) } == "k")
        }
      }
      #expect(try world.audit().allSatisfy { !$0.detail.contains("\"k\"") })
      await vault.close()
      #expect(try openings().last?.detail.contains(#""again":"2""#) == true, "and how often it happened again")
    }
  }

  @Test func refusalsOpenNothing() async throws {
    try await World.run { world in
      let id = try await world.put(["api_key": "k"], kind: .apiKey)
      let vault = try await open(world)
      let (workspace, customer) = (world.workspace, World.customer)
      let cases: [(UUID, String, UUID)] = [
        (workspace, customer, UUID()), (workspace, "mallory", id), (workspace, "", id), (UUID(), customer, id),
      ]
      for (workspace, customer, integration) in cases {
        let refusal = await error { () throws(VaultError) in
          _ = try await vault.credential(workspace: workspace, customer: customer, integration: integration)
        }
        #expect(refusal == .notFound)
      }
      #expect(try !world.audit().contains { $0.action == "credential.open" })
      await vault.close()
    }
  }

  @Test func aDamagedRowIsNamedAndNotServed() async throws {
    try await World.run { world in
      let id = try await world.put(["api_key": "k"], kind: .apiKey)
      try await world.tamper(with: id)
      let vault = try await open(world)
      let refusal = await error { () throws(VaultError) in
        _ = try await vault.credential(workspace: world.workspace, customer: World.customer, integration: id)
      }
      #expect(refusal == .integrity("integrations/\(id.text)"))
      await vault.close()
    }
  }

  @Test func saysWhyThereIsNone() async throws {
    try await World.run { world in
      let vault = try await open(world)
      let pending = try await world.begin().integration
      #expect(try await unavailable(vault, world, pending) == .pending)
      let id = try await world.put(["access_token": "a"])
      #expect(try await unavailable(vault, world, id) == nil)
      let verbs = world.assembly.integrations
      _ = try await verbs.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      let openings = try world.audit().count { $0.action == "credential.open" }
      #expect(try await unavailable(vault, world, id) == .suspended)
      #expect(try world.audit().count { $0.action == "credential.open" } == openings)
      _ = try await verbs.apply(.resumed, to: id, workspace: world.workspace, by: .commandLine)
      _ = try await verbs.apply(
        .refreshFailedTerminally(reason: "invalid_grant"), to: id, workspace: world.workspace, by: .commandLine)
      guard case .needsReauthorization(let url?) = try await unavailable(vault, world, id) else {
        Issue.record("no link that repairs it")
        return
      }
      #expect(url.hasPrefix("\(World.address)/renew/"))
      _ = try await verbs.apply(.disconnected, to: id, workspace: world.workspace, by: .commandLine)
      guard case .revoked(.some) = try await unavailable(vault, world, id) else {
        Issue.record("not revoked")
        return
      }
      _ = try await verbs.apply(.deleted, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await unavailable(vault, world, id) == .deleted)
      await vault.close()
    }
  }

  @Test func aProviderThatIsDownIsNobodysFault() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.stop()
      let vault = try await open(world)
      guard case .providerDown(let retryAfter) = try await unavailable(vault, world, id) else {
        Issue.record("not down")
        return
      }
      #expect(retryAfter > .zero)
      #expect(try world.state(id) == .degraded)
      await vault.close()
    }
  }
}
