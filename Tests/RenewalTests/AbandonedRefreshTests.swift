import Custody
import Foundation
import OAuth
import Storage
import TestKit
import Testing

@testable import Renewal

/// Refreshes whose process died at some point, or slept for too long.
struct AbandonedRefreshTests {
  /// As far as the intent, by an engine that then goes away.
  private func intend(_ world: World, _ id: UUID) async throws -> RefreshFlight {
    guard
      case .send(let flight) = try await world.assembly.refresher.begin(
        id, workspace: world.workspace, trigger: .due)
    else { throw WaitedTooLong(what: "an intent") }
    return flight
  }

  /// As far as the landed reply.
  private func land(_ world: World, _ id: UUID) async throws {
    let flight = try await intend(world, id)
    let refresher = world.assembly.refresher
    let fields = try world.custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
    guard let token = fields.secret("refresh_token") else { throw WaitedTooLong(what: "a refresh token") }
    let reply = try await refresher.endpoints.refresh(
      provider: flight.connection.provider, client: try flight.client.open(with: world.custodian), refreshToken: token)
    _ = try await refresher.land(flight, reply, slot: try refresher.spool.reserve())
  }

  @Test func aLandedReplyIsSettledWithoutAnotherRequest() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      try await land(world, id)
      #expect(try world.refreshAttempts(id).map(\.state) == [.landed])
      #expect(try world.leftovers().count == 1)
      try await world.killClaimHolder(id)
      let reopened = try await world.another()
      #expect(try await world.refresh(id, by: reopened) == .fresh(version: 2))
      await reopened.shutdown()
      #expect(world.gate.requests == 2)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
      #expect(try world.leftovers() == [])
      let served = try await world.serve(id)
      #expect(served.version == 2)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  @Test func aCallerSettlesItToo() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      try await land(world, id)
      try await world.killClaimHolder(id)
      world.time.advance(.seconds(10))
      #expect(try await world.serve(id, validFor: .seconds(30)).version == 2)
      #expect(world.gate.requests == 2)
    }
  }

  @Test func whatLandedBeforeARenewalIsArchived() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      try await land(world, id)
      try await world.killClaimHolder(id)
      world.time.advance(.seconds(91))
      #expect(try await world.renew(id).failure == nil)
      #expect(try await world.serve(id).version == 2)
      // The old reply is put away, and the refresh that was asked for is made with the new grant.
      #expect(try await world.refresh(id, .forced(seen: 2)) == .fresh(version: 4))
      #expect(try world.credentials(id).map(\.state) == [.committed, .committed, .archived, .committed])
      #expect(try world.credentials(id).map(\.grantNumber) == [1, 2, 1, 2])
      #expect(try await world.serve(id).version == 4)
    }
  }

  @Test func aDeadProcessesClaimIsTakenOverAtOnce() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      try world.advanceToRefresh(id)
      _ = try await intend(world, id)
      let other = try await world.another()
      #expect(try await world.refresh(id, by: other) == .busy)
      try await world.killClaimHolder(id)
      #expect(try await world.refresh(id, by: other) == .fresh(version: 2))
      await other.shutdown()
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain, .committed])
      #expect(try world.refreshAttempts(id).first?.reason == "abandoned")
    }
  }

  /// A grace of 30 s is over long before a claim of 45 s.
  @Test func dueWorkThatADeadProcessHoldsIsDueAtOnce() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-g")
      let id = try await world.connect("sandbox-g")
      try world.advanceToRefresh(id)
      _ = try await intend(world, id)
      let other = try await world.another()
      #expect(try await other.due.run(concurrency: 1).refreshed == 0)
      try await world.killClaimHolder(id)
      #expect(try await other.due.run(concurrency: 1).refreshed == 1)
      await other.shutdown()
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain, .committed])
    }
  }

  @Test func anIntentWithoutAnEndCountsAsUsed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      _ = try await intend(world, id)
      try await world.killClaimHolder(id)
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id) else {
        Issue.record("a token that may be used was sent")
        return
      }
      #expect(world.gate.requests == 1)
      #expect(try await world.serve(id).version == 1)
    }
  }

  @Test func aClaimOfAnotherBootIsDead() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      try world.advanceToRefresh(id)
      _ = try await intend(world, id)
      #expect(try await world.refresh(id) == .busy)
      world.time.reboot()
      #expect(try await world.refresh(id) == .fresh(version: 2))
    }
  }

  @Test func aClaimEndsWithItsTime() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      try world.advanceToRefresh(id)
      _ = try await intend(world, id)
      world.time.advanceBoot(RefreshFlight.claimDuration - .milliseconds(1))
      #expect(try await world.refresh(id) == .busy)
      world.time.advanceBoot(.milliseconds(1))
      #expect(try await world.refresh(id) == .fresh(version: 2))
    }
  }

  /// The boot clock is read for the claim, for the flight, and immediately before the first byte of the body, when the
  /// connection stands.
  @Test(arguments: [(20, true), (21, false), (3600, false)])
  func whoWasFrozenForLongDoesNotSend(_ seconds: Int, _ sends: Bool) async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.time.freeze(beforeReading: 3, for: .seconds(seconds))
      let outcome = try await world.refresh(id)
      #expect((outcome == .fresh(version: 2)) == sends)
      #expect(world.gate.requests == (sends ? 2 : 1))
      let attempt = try #require(try world.refreshAttempts(id).first)
      #expect(attempt.state == (sends ? .committed : .notSent))
      #expect(attempt.reason == (sends ? nil : "claim_ran_out"))
      guard !sends else { return }
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
    }
  }
}
