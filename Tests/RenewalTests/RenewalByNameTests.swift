import Custody
import Events
import Foundation
import OAuth
import Renewal
import Sealing
import Storage
import TestKit
import Testing

/// Everything that can happen to a renewal, by the name under which people speak of it. What stands elsewhere in more
/// detail stands here once more in short.
@Suite("a renewal")
struct RenewalByNameTests {
  @Test("happy path") func happyPath() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let old = try await world.serve(id)
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      #expect(try await world.serve(id).token != old.token)
    }
  }

  @Test("closed window") func closedWindow() async throws {
    try await unchanged(.windowClosed) { world, id in
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.assembly.attempts.cancel(listener: begun.listener)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
    }
  }

  @Test("consent denied") func consentDenied() async throws {
    try await unchanged(.consentDenied) { world, id in
      _ = try await Browser(world).finish(try await world.begin(renewing: id), allow: false)
    }
  }

  @Test("expired attempt") func expiredAttempt() async throws {
    try await unchanged(.expired) { world, id in
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.time.advance(.seconds(601))
      await #expect(throws: ConnectRefusal.attemptExpired) { _ = try await browser.callback(query) }
      #expect(try await world.assembly.attempts.sweep() == 1)
    }
  }

  @Test("wrong account") func wrongAccount() async throws {
    try await unchanged(.wrongAccount) { world, id in _ = try await world.renew(id, as: "carol") }
  }

  @Test("same tenant, other user") func sameTenantOtherUser() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.renew(id, as: "bob").failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      try await world.addConnector("strict", provider: "sandbox", policy: .sameActor)
      let strict = try await world.connect("strict", customer: "customer_2")
      let before = try world.snapshot(strict)
      let begun = try await world.begin("strict", customer: "customer_2", renewing: strict)
      #expect(try await Browser(world).finish(begun, as: "bob").failure == .wrongAccount)
      #expect(try world.snapshot(strict) == before)
    }
  }

  @Test("missing entity") func missingEntity() async throws {
    try await World.run { world in
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(renewing: UUID()) }
      await #expect(throws: ConnectRefusal.unknownConnector) { _ = try await world.begin("missing", renewing: UUID()) }
    }
  }

  @Test("scopes shrunk") func scopesShrunk() async throws {
    try await unchanged(.scopesMissing) { world, id in
      try await world.provider.turn(#"{"scope_limit": "read"}"#)
      _ = try await world.renew(id)
    }
  }

  @Test("no refresh token") func noRefreshToken() async throws {
    try await unchanged(.noRefreshToken) { world, id in
      try await world.provider.turn(#"{"omit_refresh_token": true}"#)
      _ = try await world.renew(id)
    }
  }

  @Test("exchange 500") func exchange500() async throws {
    try await unchanged(.providerUnavailable) { world, id in
      try await world.provider.turn(#"{"fail_token": 500}"#)
      _ = try await world.renew(id)
    }
  }

  @Test("probe 500") func probe500() async throws {
    try await unchanged(.probeFailed) { world, id in
      try await world.provider.turn(#"{"fail_whoami": 500}"#)
      _ = try await world.renew(id)
    }
  }

  @Test("background refresh during renewal") func backgroundRefresh() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let renewal = browser.callback(query)
      try await world.gate.arrived(2)
      #expect(try await world.refresh(id) == .busy)
      world.gate.open()
      #expect(try await renewal.failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  @Test("two renewals racing") func twoRacing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (first, second) = (Browser(world), Browser(world))
      let one = try await first.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let early = first.callback(one)
      try await world.gate.arrived(2)
      let two = try await second.allow(try await world.begin(renewing: id))
      async let late = second.callback(two)
      world.gate.open()
      let failures = try await [early.failure, late.failure]
      #expect(failures.count { $0 == nil } == 1 && failures.contains(.superseded))
      try world.expectRenewed(id, version: 2, grant: 2, failed: 1)
    }
  }

  @Test("of a ready integration") func ofReady() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try world.state(id) == .ready)
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  @Test("of a revoked integration") func ofRevoked() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.disconnected, to: id)
      _ = try await world.assembly.revocations.run()
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 3)
    }
  }

  @Test("of a suspended integration (refused)") func ofSuspended() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.suspended, to: id)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.suspended) { _ = try await world.begin(renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("of a deleted integration (410)") func ofDeleted() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.deleted, to: id)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.begin(renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("another customer's id") func anotherCustomer() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "mallory", renewing: id) }
      // Customers' ids are compared byte by byte.
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "Customer_1", renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("another workspace's certificate") func anotherCertificate() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, stranger) = (try world.snapshot(id), UUID())
      try await world.assembly.workspaces.create(id: stranger, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: stranger)
      try await world.addConnector("sandbox", workspace: stranger)
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(renewing: id, by: .other) }
      await #expect(throws: ConnectRefusal.notFound) {
        _ = try await world.begin(renewing: id, adding: ["workspace_id": stranger.text], by: .other)
      }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("wrong connector") func wrongConnector() async throws {
    try await World.run { world in
      try await world.addConnector("other", provider: "sandbox")
      let id = try await world.connect()
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin("other", renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("attempt, state or jti replayed") func replayed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id, adding: ["jti": "once"]))
      let query = try await browser.allow(begun)
      #expect(try await browser.callback(query).failure == nil)
      let after = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.visit(begun) }
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
      await #expect(throws: ConnectRefusal.secretSpent) {
        _ = try await world.begin(renewing: id, adding: ["jti": "once"])
      }
      #expect(try world.snapshot(id) == after)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  @Test("a late refresh landing after the swap (archived)") func lateRefresh() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let late = world.refresh(id)
      try await world.gate.arrived(2)
      world.time.advanceBoot(.seconds(60))
      world.gate.set(.pass)
      #expect(try await world.renew(id).failure == nil)
      let renewed = try await world.serve(id)
      world.gate.open()
      #expect(try await late == .fresh(version: 2))
      #expect(try world.credentials(id).map(\.state) == [.committed, .committed, .archived])
      #expect(try await world.serve(id) == renewed)
      #expect(try world.count(.renewed, of: id) == 1)
    }
  }

  /// The process dies when the raw reply is sealed and nothing of it is parsed.
  @Test("crash between exchange and swap") func crash() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"access_token_lifetime": 600}"#)
      let before = try world.snapshot(id)
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.landAndDie(begun, query)
      #expect(try world.snapshot(id) == before)
      world.time.advance(.seconds(90))
      #expect(try await world.assembly.attempts.sweep() == 1)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  @Test("exactly one integration_oauth_token_fixed") func oneTokenFixed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try await world.renew(id, as: "carol").failure == .wrongAccount)
      #expect(try await world.renew(id).failure == nil)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
      let words = try world.events(id).compactMap(\.munityName)
      #expect(words.count { $0 == "integration_oauth_token_fixed" } == 1)
      #expect(words == [
        "integration_installed", "integration_import_done", "integration_cannot_refresh_oauth_token",
        "integration_oauth_token_fixed",
      ])
    }
  }

  /// A renewal that came to nothing: the integration, its credential and what is served are what they were.
  private func unchanged(
    _ failure: AttemptFailure, _ renewal: @escaping @Sendable (World, UUID) async throws -> Void
  ) async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, token) = (try world.snapshot(id), try await world.serve(id))
      try await renewal(world, id)
      #expect(try world.snapshot(id) == before)
      #expect(try world.attempts(of: id).last { $0.purpose == .renewal }?.reason == failure.rawValue)
      #expect(try world.events(id) == [.pending, .ready, .importDone, .renewalFailed])
      if failure != .expired { #expect(try await world.serve(id) == token) }
      #expect(try world.schedule(id)?.claimOwner == nil && world.leftovers() == [])
    }
  }
}
