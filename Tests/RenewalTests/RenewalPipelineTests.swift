import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Renewals that succeed.
struct RenewalPipelineTests {
  @Test func keepsTheIntegrationAndChangesItsGrant() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, old) = (try world.head(id), try await world.serve(id))
      let credential = try world.credentials(id)[0]
      world.time.advance(.seconds(5))
      let end = try await world.renew(id)
      #expect(end.failure == nil && end.attempt.integration == id)
      try world.expectRenewed(id, version: 2, grant: 2)
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
      try world.expectRenewed(id, version: 2, grant: 2)
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
      _ = try await world.assembly.revocations.run()
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 3)
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

  /// What an operator stopped is not renewed, however far the renewal had come; the old credential waits for `resume`.
  @Test func whatIsSuspendedMeanwhileIsNotRenewed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.apply(.suspended, to: id)
      let before = try world.snapshot(id)
      let requests = world.gate.requests
      let end = try await browser.callback(query)
      #expect(end.failure == .suspended && end.attempt.state == .failed)
      #expect(world.gate.requests == requests)
      #expect(try world.snapshot(id) == before && world.leftovers() == [])
      try await world.apply(.resumed, to: id)
      #expect(try await world.serve(id).version == 1)
      #expect(try await world.renew(id).failure == nil)
    }
  }

  /// The same where the suspension comes while the code is with the provider: the swap looks again.
  @Test func whatIsSuspendedDuringTheExchangeIsNotRenewed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.landAndDie(begun, query)
      try await world.apply(.suspended, to: id)
      let before = try world.snapshot(id)
      world.time.advance(.seconds(6))
      #expect(try await world.assembly.attempts.sweep() == 1)
      #expect(try world.attempt(begun.attempt)?.reason == "suspended")
      #expect(try world.snapshot(id) == before && world.leftovers() == [])
    }
  }

  @Test func aColleagueMayRepairIt() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.renew(id, as: "bob").failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
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
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }
}
