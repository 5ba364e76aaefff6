import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Attempts whose process died on the way.
struct InterruptedAttemptTests {
  @Test func aCrashAfterTheExchangeIsConcludedByTheSweep() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"access_token_lifetime": 600}"#)
      let begun = try await world.begin(renewing: id)
      let query = try await Browser(world).allow(begun)
      try await landAndDie(world, begun, query)
      let before = try world.snapshot(id)
      #expect(try await world.assembly.attempts.sweep() == 0)
      // The code lives a minute at the provider; its tokens are in the landed reply.
      world.time.advance(.seconds(90))
      #expect(try world.snapshot(id) == before)
      let reopened = try await world.another()
      #expect(try await reopened.attempts.sweep() == 1)
      #expect(try await reopened.attempts.sweep() == 0)
      await reopened.shutdown()
      let ended = try #require(try world.attempt(begun.attempt))
      #expect(ended.state == .completed)
      #expect(ended.reason == nil)
      #expect(world.gate.requests == 2)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  /// Exchanges the code and lands the reply as `callback` does, and goes no further.
  private func landAndDie(_ world: World, _ begun: BegunAttempt, _ query: CallbackQuery) async throws {
    let attempts = world.assembly.attempts
    let row = try #require(try world.attempt(begun.attempt))
    let verifier = try await world.custodian.openSecret(
      row.pkceName, workspace: row.workspace, by: .customer, purpose: "exchange")
    let provider = try #require(world.assembly.catalogue.provider("sandbox"))
    let reply = try await attempts.endpoints.exchangeCode(
      provider: provider,
      client: ClientCredentials(id: "sandbox-client", secret: Secret(copying: Array("sandbox-secret".utf8))),
      code: Secret(copying: Array((query.code ?? "").utf8)), codeVerifier: consume verifier,
      redirectURI: "\(World.address)/oauth/callback")
    let sealed = try world.custodian.seal(
      LandedReply.encode(status: reply.status, retryAfter: reply.retryAfter, body: reply.body), name: row.landedName,
      workspace: row.workspace)
    try await world.custodian.amend { change in
      var row = row
      row.state = .verifying
      row.expiresAt = change.now + Attempts.takeOver
      try change.insert(sealed)
      try change.update(row)
    }
  }

  @Test func aCrashBeforeTheReplyEndsTheAttemptOnly() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      let begun = try await world.begin(renewing: id)
      let row = try #require(try world.attempt(begun.attempt))
      try await world.custodian.amend { change in
        var row = row
        row.state = .exchanging
        try change.update(row)
      }
      world.time.advance(.seconds(600))
      #expect(try await world.assembly.attempts.sweep() == 1)
      #expect(try world.attempt(begun.attempt)?.state == .expired)
      #expect(try world.snapshot(id) == before)
    }
  }
}
