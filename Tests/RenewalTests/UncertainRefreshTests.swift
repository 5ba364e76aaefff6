import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// A refresh token that was sent, and no reply read: what may be done depends on the provider's class.
struct UncertainRefreshTests {
  /// Sends a due refresh whose reply is lost.
  private func lose(_ world: World, _ id: UUID) async throws {
    try world.advanceToRefresh(id)
    let outcome = try await world.refresh(id)
    guard case .degraded("connection_lost", _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try world.refreshAttempts(id).last?.state == .uncertain)
    #expect(try world.state(id) == .degraded)
    #expect(try await world.serve(id).version == 1)
  }

  @Test func withoutGraceOneRetryNearTheEndAndThenSomebodyIsNeeded() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let expiry = try #require(try world.credentials(id)[0].expiresAt)
      try await world.provider.turn(#"{"lose_reply": true, "count": 1}"#)
      try await lose(world, id)
      try world.advanceToRefresh(id)
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id) else {
        Issue.record("sent again too soon")
        return
      }
      #expect(try world.schedule(id)?.refreshAt == expiry - .seconds(6))
      #expect(try await world.serve(id, validFor: .seconds(29)).version == 1)
      #expect(world.gate.requests == 2)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(world.gate.requests == 3)
      #expect(try world.state(id) == .needsReauthorization)
      #expect(try world.count(.needsReauthorization, of: id) == 1)
      #expect(try await world.serve(id) == .unavailable(.needsReauthorization(reason: "invalid_grant")))
      #expect(try await world.refresh(id, .forced(seen: 1)) == .notRefreshable)
      #expect(world.gate.requests == 3)
    }
  }

  @Test func theOneRetrySavesWhatWasNeverRotated() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(.reset)
      try await lose(world, id)
      world.gate.set(.pass)
      try world.advanceToRefresh(id)
      _ = try await world.refresh(id)
      #expect(world.gate.requests == 2)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.events(id).suffix(2) == [.degraded, .recovered])
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  /// An outage in which connections are reset: the provider never heard of the token, and nobody is asked to come back.
  @Test func anOutageThatLeavesEveryUseInDoubtCostsNoGrant() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(.reset)
      try await lose(world, id)
      for _ in 0..<12 {
        try world.advanceToRefresh(id)
        _ = try await world.refresh(id)
        #expect(try world.head(id).lifecycle == .ready)
      }
      #expect(try world.events(id).filter { $0 == .degraded }.count == 1)
      world.gate.set(.pass)
      world.time.advance(.seconds(900))
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.state(id) == .ready)
    }
  }

  /// The provider did rotate, and takes the next use for theft: its answer ends the grant, once, and says so.
  @Test func aGrantThatWasLostInTheGapEndsByTheProvidersWord() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"lose_reply": true, "count": 1}"#)
      try await lose(world, id)
      for _ in 0..<4 where try world.head(id).lifecycle == .ready {
        try world.advanceToRefresh(id)
        _ = try await world.refresh(id)
        world.time.advance(.seconds(70))
      }
      #expect(try world.state(id) == .needsReauthorization)
      #expect(try world.head(id).reasonCode == "invalid_grant")
      #expect(try world.count(.needsReauthorization, of: id) == 1)
    }
  }

  @Test(arguments: [
    ("sandbox-n", #"{"lose_reply": true, "omit_refresh_token": true, "count": 1}"#),
    ("sandbox-s", #"{"lose_reply": true, "grace_window": 86400, "count": 1}"#),
    ("sandbox-g", #"{"lose_reply": true, "grace_window": 30, "count": 1}"#),
  ])
  func whereTheOldTokenStillWorksItIsTriedAgain(_ connector: String, _ fault: String) async throws {
    try await World.run { world in
      try await world.addConnector(connector)
      let id = try await world.connect(connector)
      try await world.provider.turn(fault)
      try await lose(world, id)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(world.gate.requests == 3)
      #expect(try world.state(id) == .ready)
      #expect(try world.events(id).suffix(2) == [.degraded, .recovered])
      #expect(try await world.provider.count("families_revoked") == 0)
    }
  }

  @Test func graceThatIsOverIsNoGrace() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-g")
      try await world.provider.turn(#"{"access_token_lifetime": 600, "grace_window": 30}"#)
      let id = try await world.connect("sandbox-g")
      let expiry = try #require(try world.credentials(id)[0].expiresAt)
      try await world.provider.turn(#"{"lose_reply": true, "count": 1}"#)
      try await lose(world, id)
      world.time.advance(.seconds(31))
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id) else {
        Issue.record("sent after the grace")
        return
      }
      #expect(world.gate.requests == 2)
      #expect(try world.schedule(id)?.refreshAt == expiry - .seconds(30))
    }
  }

  @Test func nobodyForcesAUseThatMayCostTheGrant() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(.reset)
      try await lose(world, id)
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id, .forced(seen: 1)) else {
        Issue.record("forced")
        return
      }
      #expect(world.gate.requests == 2)
    }
  }

  /// A provider that does not rotate, in a file that does not say so.
  @Test func aTokenThatProvedGoodStartsAnew() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"omit_refresh_token": true}"#)
      for version in 2...4 {
        world.gate.set(.reset)
        try world.advanceToRefresh(id)
        guard case .degraded("connection_lost", _) = try await world.refresh(id) else {
          Issue.record("not sent")
          return
        }
        world.gate.set(.pass)
        try world.advanceToRefresh(id)
        _ = try await world.refresh(id)
        try world.advanceToRefresh(id)
        #expect(try await world.refresh(id) == .fresh(version: Int64(version)))
      }
    }
  }

  @Test(arguments: ["502 Bad Gateway", "504 Gateway Timeout"])
  func whatAGatewaySaysLeavesTheUseInDoubt(_ status: String) async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(Gate.json("<html></html>", status: status))
      try world.advanceToRefresh(id)
      guard case .degraded("gateway", let quiet) = try await world.refresh(id) else {
        Issue.record("not uncertain")
        return
      }
      #expect(quiet > .seconds(5), "nothing is sent while the access token lives")
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain])
      world.gate.set(.pass)
      _ = try await world.refresh(id, .forced(seen: 1))
      #expect(world.gate.requests == 2)
    }
  }

  @Test(arguments: ["", #"{"access_token":"a"#, "{}", #"{"access_token":""}"#, "token=a&token_type=bearer"])
  func aSuccessThatBringsNothingMayHaveUsedTheToken(_ body: String) async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.gate.set(Gate.json(body))
      try world.advanceToRefresh(id)
      guard case .degraded("unusable", _) = try await world.refresh(id) else {
        Issue.record("not uncertain")
        return
      }
      #expect(try world.refreshAttempts(id).map(\.state) == [.uncertain])
      try world.advanceToRefresh(id)
      guard case .degraded("refresh_uncertain", _) = try await world.refresh(id) else {
        Issue.record("sent again at once")
        return
      }
      #expect(world.gate.requests == 2)
      #expect(try world.leftovers() == [])
    }
  }
}
