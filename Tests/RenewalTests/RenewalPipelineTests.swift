import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Renewals that succeed, and those that meet something else on their way.
struct RenewalPipelineTests {
  private func renewed(_ world: World, _ id: UUID, version: Int64, grant: Int64, failed: Int = 0) throws {
    let head = try world.head(id)
    #expect(head.lifecycle == .ready && head.health == .ok && head.reasonCode == nil)
    #expect(head.currentVersion == version && head.grantNumber == grant)
    #expect(try world.count(.renewed, of: id) == 1 && world.count(.renewalFailed, of: id) == failed)
    #expect(try world.schedule(id)?.claimOwner == nil && world.schedule(id)?.refreshAt != nil)
    #expect(try world.leftovers() == [])
  }

  @Test func keepsTheIntegrationAndChangesItsGrant() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, old) = (try world.head(id), try await world.serve(id))
      let credential = try world.credentials(id)[0]
      world.time.advance(.seconds(5))
      let end = try await world.renew(id)
      #expect(end.failure == nil && end.attempt.integration == id)
      try renewed(world, id, version: 2, grant: 2)
      let after = try world.head(id)
      #expect(after.createdAt == before.createdAt && after.customer == before.customer)
      #expect(after.connector == before.connector && after.name == before.name && after.parameters == before.parameters)
      let rows = try world.credentials(id)
      #expect(rows[0].values == credential.values && rows[0].seal == credential.seal)
      #expect(rows[1].origin == .renewal && rows[1].grantNumber == 2)
      let new = try await world.serve(id)
      #expect(new.version == 2 && new.token != old.token)
      #expect(try world.events(id) == [.pending, .ready, .importDone, .renewed])
      // At some providers revoking the old grant would kill the new one.
      #expect(try await world.provider.count("revocations") == 0)
    }
  }

  @Test func repairsWhatNeedsReauthorization() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try await world.renew(id).failure == nil)
      try renewed(world, id, version: 2, grant: 2)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
    }
  }

  @Test func repairsWhatWasDisconnected() async throws {
    try await World.run { world in
      let id = try await world.connect()
      _ = try await world.assembly.integrations.apply(
        .disconnected, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await world.serve(id) == .unavailable(.revoked))
      #expect(try await world.renew(id).failure == nil)
      try renewed(world, id, version: 2, grant: 3)
      #expect(try await world.serve(id).version == 2)
    }
  }

  /// An integration that never was ready is connected, not renewed.
  @Test func finishesWhatNeverWasReady() async throws {
    try await World.run { world in
      let id = try await world.begin().integration
      let start = ContinuousClock.now
      #expect(try await world.renew(id).failure == nil)
      #expect(ContinuousClock.now - start < .seconds(10))
      #expect(try world.events(id) == [.pending, .connectFailed, .pending, .ready, .importDone])
      #expect(try world.head(id).currentVersion == 1 && world.head(id).grantNumber == 1)
    }
  }

  /// Suspension is a flag beside the grant: what was under way is finished, and not served before it is lifted.
  @Test func whatIsSuspendedMeanwhileStaysSuspended() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      let verbs = world.assembly.integrations
      _ = try await verbs.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await browser.callback(query).failure == nil)
      try renewed(world, id, version: 2, grant: 2)
      #expect(try await world.serve(id) == .unavailable(.suspended))
      _ = try await verbs.apply(.resumed, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await world.serve(id).version == 2)
    }
  }

  @Test func aColleagueMayRepairIt() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.renew(id, as: "bob").failure == nil)
      try renewed(world, id, version: 2, grant: 2)
      #expect(try world.head(id).actor == "bob" && world.head(id).tenant == "acme")
    }
  }

  @Test func anybodyMayWhereThePolicySaysSo() async throws {
    try await World.run { world in
      try await world.addConnector("open", provider: "sandbox", policy: .any)
      let id = try await world.connect("open")
      #expect(try await world.renew(id, "open", as: "carol").failure == nil)
      #expect(try world.head(id).actor == "carol" && world.head(id).tenant == "globex")
    }
  }

  @Test func aSpentSecretRenewsNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id, adding: ["jti": "once"])
      #expect(try await Browser(world).finish(begun).failure == nil)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.secretSpent) {
        _ = try await world.begin(renewing: id, adding: ["jti": "once"])
      }
      #expect(try world.snapshot(id) == before)
      try renewed(world, id, version: 2, grant: 2)
    }
  }

  @Test func theNewerOfTwoWindowsCounts() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (one, two) = (Browser(world), Browser(world))
      let older = try await world.begin(renewing: id)
      let query = try await one.allow(older)
      let newer = try await world.begin(renewing: id)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await one.callback(query) }
      #expect(try world.attempt(older.attempt)?.state == .cancelled)
      #expect(try world.attempt(older.attempt)?.reason == "replaced")
      #expect(try await two.finish(newer).failure == nil)
      try renewed(world, id, version: 2, grant: 2, failed: 1)
    }
  }

  @Test func aLinkCannotCancelWhatASecretBegan() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let signed = try await world.begin(renewing: id)
      let link = try await world.assembly.attempts.begin(renewing: id)
      _ = try await Browser(world).consent(link)
      #expect(try world.attempt(signed.attempt)?.state == .open)
      _ = try await world.begin(renewing: id)
      #expect(try world.attempt(link.attempt)?.state == .cancelled)
    }
  }

  /// The older one's code is with the provider when the newer one begins: it is left to finish, and the swap decides.
  @Test func ofTwoThatRaceOneSwaps() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (one, two) = (Browser(world), Browser(world))
      let older = try await one.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let winner = one.callback(older)
      try await world.gate.arrived(2)
      let newer = try await two.allow(try await world.begin(renewing: id))
      world.gate.open()
      #expect(try await winner.failure == nil)
      let won = try world.snapshot(id)
      #expect(try await two.callback(newer).failure == .superseded)
      #expect(try world.snapshot(id) == won)
      try renewed(world, id, version: 2, grant: 2, failed: 1)
    }
  }

  /// The grant moved on while the provider answered.
  @Test func aNewerGrantIsNotOverwritten() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let late = browser.callback(query)
      try await world.gate.arrived(2)
      try await world.put(["access_token": "brought"], lifetime: .seconds(600), integration: id)
      let before = try world.snapshot(id)
      world.gate.open()
      #expect(try await late.failure == .superseded)
      #expect(try world.snapshot(id) == before)
      #expect(try await world.serve(id) == .token("brought", version: 2))
      #expect(try world.schedule(id)?.claimOwner == nil && world.count(.renewed, of: id) == 0)
    }
  }

  @Test func keepsRefreshesAwayWhileItExchanges() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let end = browser.callback(query)
      try await world.gate.arrived(2)
      #expect(try await world.refresh(id, .forced(seen: 1)) == .busy)
      #expect(try await world.serve(id).version == 1)
      world.gate.open()
      #expect(try await end.failure == nil)
      try renewed(world, id, version: 2, grant: 2)
      #expect(try world.refreshAttempts(id).isEmpty)
      #expect(try await world.provider.count("refreshes") == 0)
    }
  }

  @Test func waitsForARefreshThatIsUnderWay() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let refresh = world.refresh(id)
      try await world.gate.arrived(2)
      async let end = browser.callback(query)
      world.gate.open()
      #expect(try await refresh == .fresh(version: 2))
      #expect(try await end.failure == nil)
      try renewed(world, id, version: 3, grant: 2)
      #expect(try world.credentials(id).map(\.state) == [.committed, .committed, .committed])
    }
  }

  @Test func doesNotWaitForADeadProcess() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      _ = try await world.assembly.refresher.begin(id, workspace: world.workspace, trigger: .due)
      try await world.killClaimHolder(id)
      let start = ContinuousClock.now
      #expect(try await world.renew(id).failure == nil)
      #expect(ContinuousClock.now - start < .seconds(10))
      try renewed(world, id, version: 2, grant: 2)
    }
  }

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
      try renewed(world, id, version: 2, grant: 2)
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
