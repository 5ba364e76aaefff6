import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Trouble of the provider or the way to it: nobody is blamed, nothing is lost.
struct TransientRefreshTests {
  @Test(arguments: [
    (#"{"fail_token": 500}"#, "server_error", 1), (#"{"fail_token": 503}"#, "temporarily_unavailable", 1),
    (#"{"rate_limited": 25}"#, "rate_limited", 25), (#"{"html_body": true}"#, "unparsable", 1),
    (#"{"fail_token": 400}"#, "unrecognised", 1),
  ])
  func degradesOnceAndRecoversOnce(_ fault: String, _ reason: String, _ atLeast: Int) async throws {
    try await World.run { world in
      let id = try await world.connect()
      let token = try await world.serve(id)
      try await world.provider.turn(fault)
      for episode in 1...2 {
        try world.advanceToRefresh(id)
        let outcome = try await world.refresh(id)
        guard case .degraded(reason, let delay) = outcome else {
          Issue.record("\(outcome)")
          return
        }
        #expect(delay >= .seconds(atLeast))
        #expect(try world.schedule(id)?.refreshAt == world.time.now + delay)
        #expect(try world.schedule(id)?.failures == Int64(episode))
        #expect(try world.count(.degraded, of: id) == 1)
      }
      #expect(try world.state(id) == .degraded && world.head(id).reasonCode == reason)
      #expect(try world.refreshAttempts(id).map(\.state) == [.refused, .refused])
      if world.time.now < (try world.credentials(id))[0].expiresAt! { #expect(try await world.serve(id) == token) }
      try await world.provider.resetSwitches()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.state(id) == .ready)
      #expect(try world.events(id).suffix(2) == [.degraded, .recovered])
      #expect(try world.schedule(id)?.failures == 0)
    }
  }

  @Test func anErrorUnderStatus200IsNoToken() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let token = try await world.serve(id)
      try await world.provider.turn(#"{"ok_with_error": true, "count": 1}"#)
      try world.advanceToRefresh(id)
      guard case .degraded("invalid_auth", _) = try await world.refresh(id) else {
        Issue.record("not degraded")
        return
      }
      #expect(try world.state(id) == .degraded && world.credentials(id).count == 1)
      #expect(try await world.serve(id) == token)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.count(.recovered, of: id) == 1)
    }
  }

  @Test func callersNoticeOnlyWhenTheTokenHasRunOut() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"fail_token": 500}"#)
      world.time.advance(.seconds(59))
      #expect(try await world.serve(id, validFor: .seconds(20)).version == 1)
      #expect(world.gate.requests == 2)
      world.time.advance(.milliseconds(500))
      // Backing off: nobody asks the provider again so soon.
      #expect(try await world.serve(id, validFor: .seconds(20)).version == 1)
      #expect(world.gate.requests == 2)
      world.time.advance(.milliseconds(500))
      guard case .unavailable(.providerUnavailable(let retryAfter)) = try await world.serve(id) else {
        Issue.record("served a token that has run out")
        return
      }
      #expect(retryAfter > .zero && retryAfter <= .seconds(600))
      #expect(try world.state(id) == .degraded)
    }
  }

  @Test func aRefusedConnectionSendsNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.stop()
      guard case .degraded("refused", _) = try await world.refresh(id) else {
        Issue.record("not degraded")
        return
      }
      let attempt = try #require(try world.refreshAttempts(id).first)
      #expect(attempt.state == .notSent && attempt.reason == "refused" && attempt.endedAt != nil)
      #expect(try world.state(id) == .degraded && world.credentials(id).count == 1)
      #expect(try await world.serve(id).version == 1)
    }
  }
}
