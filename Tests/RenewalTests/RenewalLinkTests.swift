import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Renewals by a mailed link.
struct RenewalLinkTests {
  @Test func repairsTheAccountThatIsConnected() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.assembly.attempts.begin(renewing: id)
      await #expect(throws: ConnectRefusal.notConsented) {
        _ = try await Browser(world).consent(begun, isConsented: false)
      }
      let again = try await world.assembly.attempts.begin(renewing: id)
      #expect(try await Browser(world).finish(again).failure == nil)
      #expect(try world.count(.renewed, of: id) == 1 && world.head(id).grantNumber == 2)
      #expect(try world.attempt(begun.attempt)?.state == .cancelled)
    }
  }

  @Test func trustsNoFirstIdentity() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a", "refresh_token": "r"], lifetime: .seconds(60))
      let before = try world.snapshot(id)
      let begun = try await world.assembly.attempts.begin(renewing: id)
      let end = try await Browser(world).finish(begun)
      #expect(end.failure == .identityUnknown && end.attempt.state == .mismatch)
      #expect(try world.snapshot(id) == before)
      // A signed secret may, and the identity is recorded.
      #expect(try await world.renew(id).failure == nil)
      #expect(try world.head(id).actor == "alice")
      #expect(try await world.renew(id, as: "carol").failure == .wrongAccount)
    }
  }

  /// Where nobody can be asked whose account it is, only the workspace's own word counts.
  @Test func repairsNothingWithoutAProbe() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-bare")
      let id = try await world.connect("sandbox-bare")
      let before = try world.snapshot(id)
      let begun = try await world.assembly.attempts.begin(renewing: id)
      #expect(try await Browser(world).finish(begun).failure == .identityUnknown)
      #expect(try world.snapshot(id) == before)
      #expect(try await world.renew(id, "sandbox-bare").failure == nil)
    }
  }

  @Test func opensNothingThatIsGone() async throws {
    try await World.run { world in
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.assembly.attempts.begin(renewing: UUID()) }
      let id = try await world.connect()
      _ = try await world.assembly.integrations.apply(.deleted, to: id, workspace: world.workspace, by: .commandLine)
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.assembly.attempts.begin(renewing: id) }
    }
  }
}
