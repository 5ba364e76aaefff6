import Foundation
import Storage
import TestKit
import Testing

@testable import Renewal

/// Renewals that meet something else on their way: another window, a refresh, a put, a dead process.
struct RenewalRaceTests {
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
      try world.expectRenewed(id, version: 2, grant: 2, failed: 1)
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
      try world.expectRenewed(id, version: 2, grant: 2, failed: 1)
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
      try world.expectRenewed(id, version: 2, grant: 2)
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
      try world.expectRenewed(id, version: 3, grant: 2)
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
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }
}
