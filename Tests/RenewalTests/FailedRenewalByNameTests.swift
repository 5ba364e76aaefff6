import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Renewals that were begun and came to nothing: the integration is what it was.
@Suite("a renewal")
struct FailedRenewalByNameTests {
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
