import Custody
import Foundation
import OAuth
import Renewal
import Storage
import TestKit
import Testing

/// Connect sessions: what a backend gets for its access key, in the place of a secret that it signs.
struct ConnectSessionTests {
  private func session(
    _ world: World, renewing integration: UUID? = nil, connector: String? = "sandbox",
    customer: String? = World.customer, name: String? = nil
  ) throws -> String {
    var draft = ConnectSessionDraft(workspace: world.workspace)
    (draft.integration, draft.connector, draft.customer, draft.name) = (integration, connector, customer, name)
    return world.assembly.sessions.make(try world.assembly.sessions.open(draft)).token
  }

  private func begin(_ world: World, _ token: String, connector: String = "sandbox") async throws -> BegunAttempt {
    try await world.assembly.attempts.begin(ConnectRequest(connector: connector, secret: token))
  }

  @Test func connectsForTheFirstTime() async throws {
    try await World.run { world in
      let begun = try await begin(world, try session(world, name: "Ours"))
      #expect(try await Browser(world).finish(begun).failure == nil)
      let head = try world.head(begun.integration)
      #expect(head.lifecycle == .ready && head.name == "Ours" && head.customer == World.customer)
      #expect(try world.attempt(begun.attempt)?.authority == .session)
    }
  }

  @Test func renewsAsASecretDoes() async throws {
    try await World.run { world in
      // Of an account that nobody knows: a link may not repair it, the workspace's own word may.
      let id = try await world.put(["access_token": "a", "refresh_token": "r"], lifetime: .seconds(60))
      let token = try session(world, renewing: id, connector: nil, customer: nil)
      #expect(try await Browser(world).finish(try await begin(world, token)).failure == nil)
      #expect(try world.head(id).actor == "alice" && world.count(.renewed, of: id) == 1)
      let trust = try world.audit().filter { $0.action == "integration.trust" }
      #expect(trust.count == 1 && trust[0].detail.contains(#""authority":"session""#))
    }
  }

  @Test func isSpentWhenAnAttemptCompletes() async throws {
    try await World.run { world in
      let token = try session(world)
      let denied = try await Browser(world).finish(try await begin(world, token), allow: false)
      #expect(denied.failure == .consentDenied)
      let (first, second) = (try await begin(world, token), try await begin(world, token))
      #expect(try await Browser(world).finish(first).failure == nil)
      #expect(try await Browser(world).finish(second).failure == .secretSpent)
      await #expect(throws: ConnectRefusal.secretSpent) { _ = try await begin(world, token) }
    }
  }

  @Test func isGoodForHalfAnHour() async throws {
    try await World.run { world in
      let token = try session(world)
      world.time.advance(.seconds(30 * 60 - 1))
      _ = try await begin(world, token)
      world.time.advance(.seconds(1))
      await #expect(throws: ConnectRefusal.secret(.expired)) { _ = try await begin(world, token) }
    }
  }

  @Test func isGoodForItsConnectorOnly() async throws {
    try await World.run { world in
      try await world.addConnector("other", provider: "sandbox")
      await #expect(throws: ConnectRefusal.notFound) {
        _ = try await begin(world, try session(world), connector: "other")
      }
    }
  }

  @Test func aLinkLeadsToAnAttemptAndEndsNoOther() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id)
      let token = try session(world, renewing: id, connector: nil, customer: nil)
      #expect(world.assembly.sessions.url(of: token) == "\(World.address)/session/\(token)")
      let scanned = try await world.assembly.attempts.begin(session: token, parameters: [:])
      #expect(try world.attempt(begun.attempt)?.state == .open)
      #expect(try await Browser(world).finish(scanned).failure == nil)
      #expect(try world.attempt(begun.attempt)?.reason == "replaced")
    }
  }

  @Test func isMadeForWhatIsThere() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(throws: ConnectRefusal.invalidSession) { _ = try session(world, connector: nil) }
      #expect(throws: ConnectRefusal.invalidSession) { _ = try session(world, customer: nil) }
      #expect(throws: ConnectRefusal.unknownConnector) { _ = try session(world, connector: "missing") }
      #expect(throws: ConnectRefusal.notFound) { _ = try session(world, renewing: UUID()) }
      #expect(throws: ConnectRefusal.notFound) { _ = try session(world, renewing: id, customer: "mallory") }
      #expect(throws: CustodyError.self) { _ = try session(world, customer: "no spaces") }
      try await world.apply(.suspended, to: id)
      #expect(throws: ConnectRefusal.suspended) { _ = try session(world, renewing: id) }
      try await world.apply(.deleted, to: id)
      #expect(throws: ConnectRefusal.deleted) { _ = try session(world, renewing: id) }
    }
  }

  @Test func noByteOfItCanBeChanged() async throws {
    try await World.run { world in
      let token = Array(try session(world))
      for index in stride(from: 4, to: token.count, by: 7) {
        var changed = token
        changed[index] = changed[index] == "A" ? "B" : "A"
        await #expect(throws: ConnectRefusal.secret(.malformed)) { _ = try await begin(world, String(changed)) }
      }
      for text in ["rcs_", "rcs_AAAA", "rcs_" + String(repeating: "A", count: 5000)] {
        await #expect(throws: ConnectRefusal.secret(.malformed)) { _ = try await begin(world, text) }
      }
    }
  }
}
