import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// The provider says that the grant is gone: believed only after it was confirmed.
struct TerminalRefreshTests {
  static let refusal = Gate.json(#"{"error":"invalid_grant"}"#, status: "400 Bad Request")

  @Test func aDeadGrantIsDeadWhenItsAccessTokenIsToo() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try world.state(id) == .needsReauthorization)
      #expect(try world.count(.needsReauthorization, of: id) == 1 && world.count(.degraded, of: id) == 0)
      #expect(try world.schedule(id)?.refreshAt == nil && world.schedule(id)?.claimOwner == nil)
      #expect(try await world.serve(id) == .unavailable(.needsReauthorization(reason: "invalid_grant")))
      #expect(try world.credentials(id).count == 1)
    }
  }

  @Test func whileTheAccessTokenWorksOneRefusalIsNotBelieved() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let probes = try await world.provider.count("whoami")
      try world.advanceToRefresh(id)
      world.gate.set(Self.refusal)
      guard case .degraded("invalid_grant", let delay) = try await world.refresh(id) else {
        Issue.record("believed at once")
        return
      }
      #expect(delay >= .seconds(60))
      #expect(try await world.provider.count("whoami") == probes + 1)
      #expect(try await world.serve(id).version == 1)
      world.gate.set(.pass)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.count(.needsReauthorization, of: id) == 0)
    }
  }

  /// Providers say so by mistake, and with a token that has run out nobody can be asked.
  @Test func afterTheAccessTokenHasRunOutOneRefusalIsNotBelievedEither() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.time.advance(.seconds(62))
      world.gate.set(Self.refusal)
      guard case .degraded("invalid_grant", let delay) = try await world.refresh(id) else {
        Issue.record("believed at once")
        return
      }
      #expect(delay >= .seconds(60))
      world.gate.set(.pass)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.count(.needsReauthorization, of: id) == 0)
    }
  }

  @Test func aSecondRefusalAMinuteLaterIsBelieved() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(Self.refusal)
      _ = try await world.refresh(id)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try world.count(.needsReauthorization, of: id) == 1)
    }
  }

  @Test func whereTokensDoNotRotateTheSecondRefusalDecides() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      let id = try await world.connect("sandbox-n")
      let probes = try await world.provider.count("whoami")
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      let first = world.time.now
      guard case .degraded("invalid_grant", let delay) = try await world.refresh(id) else {
        Issue.record("believed at once")
        return
      }
      #expect(delay >= .seconds(60))
      world.time.advance(.seconds(59))
      // Somebody insists, too soon for a confirmation.
      guard case .degraded("invalid_grant", _) = try await world.refresh(id, .forced(seen: 1)) else {
        Issue.record("confirmed within a minute")
        return
      }
      #expect(try world.state(id) == .degraded)
      world.time.advance(to: first + .seconds(60))
      #expect(try await world.refresh(id, .forced(seen: 1)) == .dead(reason: "invalid_grant"))
      #expect(world.gate.requests == 4)
      #expect(try await world.provider.count("whoami") == probes)
      #expect(try world.count(.needsReauthorization, of: id) == 1 && world.count(.degraded, of: id) == 1)
    }
  }

  @Test func aProbeThatIsDownConfirmsNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(Self.refusal)
      try await world.provider.turn(#"{"fail_whoami": 500}"#)
      guard case .degraded("invalid_grant", _) = try await world.refresh(id) else {
        Issue.record("believed without a confirmation")
        return
      }
      #expect(try world.state(id) == .degraded)
    }
  }

  /// Nobody can be asked, and the access token works: a second refusal decides, as for the other classes.
  @Test func withoutAProbeTheSecondRefusalIsBelieved() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-bare")
      let id = try await world.connect("sandbox-bare")
      try world.advanceToRefresh(id)
      world.gate.set(Self.refusal)
      guard case .degraded("invalid_grant", let wait) = try await world.refresh(id) else {
        Issue.record("believed at once")
        return
      }
      #expect(try wait >= .seconds(60) && world.head(id).lifecycle == .ready)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
    }
  }

  @Test func aRefusalSaysNothingAboutATokenThatSomebodyStoredMeanwhile() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let outcome = world.refresh(id)
      try await world.gate.arrived(2)
      try await world.put(
        ["access_token": "brought", "refresh_token": "along"], lifetime: .seconds(600), integration: id)
      world.gate.open(Self.refusal)
      #expect(try await outcome == .fresh(version: 2))
      #expect(try world.state(id) == .ready && world.count(.needsReauthorization, of: id) == 0)
      #expect(try await world.serve(id) == .token("brought", version: 2))
      #expect(try world.schedule(id)?.claimOwner == nil)
    }
  }

  @Test func disconnectingMeanwhileIsNotUndone() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let outcome = world.refresh(id)
      try await world.gate.arrived(2)
      _ = try await world.assembly.integrations.apply(
        .disconnected, to: id, workspace: world.workspace, by: .commandLine)
      world.gate.open()
      _ = try await outcome
      #expect(try world.state(id) == .revoked && world.head(id).currentVersion == 1)
      #expect(try world.credentials(id).map(\.state) == [.committed])
      #expect(try await world.serve(id) == .unavailable(.revoked))
      #expect(try world.schedule(id)?.refreshAt == nil)
    }
  }
}
