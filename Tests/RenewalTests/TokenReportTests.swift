import Custody
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Callers who say that a token does not work.
struct TokenReportTests {
  private func report(_ world: World, _ id: UUID, version: Int64? = nil) async throws -> ReportVerdict {
    try await world.assembly.tokenReport.report(id, workspace: world.workspace, version: version, by: .library)
  }

  @Test func refreshesOnceAndAsksTheProvider() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.expireAll()
      #expect(try await report(world, id) == .working)
      #expect(try world.head(id).currentVersion == 2 && world.head(id).verifiedAt == world.time.now)
      #expect(try await world.provider.count("refreshes") == 1)
    }
  }

  @Test func refreshesAtMostOncePerLeadTime() async throws {
    try await World.run { world in
      let id = try await world.connect()
      for _ in 1...5 { #expect(try await report(world, id) == .working) }
      for _ in 1...5 {
        let outcome = try await world.assembly.tokenReport.refresh(id, workspace: world.workspace)
        #expect(outcome == .fresh(version: 2))
      }
      #expect(try await world.provider.count("refreshes") == 1)
      world.time.advance(.seconds(30))
      #expect(try await report(world, id) == .working)
      #expect(try await world.provider.count("refreshes") == 2)
    }
  }

  @Test func anOlderVersionIsNoNews() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.refresh(id, .forced(seen: 1)) == .fresh(version: 2))
      let before = try world.snapshot(id)
      #expect(try await report(world, id, version: 1) == .superseded)
      #expect(try await report(world, id, version: 9) == .superseded)
      #expect(try world.snapshot(id) == before)
      #expect(try await world.provider.count("refreshes") == 1)
    }
  }

  @Test func aDeadGrantIsFoundOut() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.revokeAll()
      #expect(try await report(world, id) == .refused)
      #expect(try world.state(id) == .needsReauthorization && world.count(.needsReauthorization, of: id) == 1)
    }
  }

  /// Fresh, and refused: it is not refreshed again before a lead time is over, and then soon.
  @Test func aFreshTokenThatIsRefusedIsLookedAtSoon() async throws {
    try await World.run { world in
      try await world.provider.turn(#"{"access_token_lifetime": 3600}"#)
      let id = try await world.connect()
      try await world.provider.turn(#"{"fail_whoami": 401}"#)
      #expect(try await report(world, id) == .refused)
      #expect(try world.state(id) == .ready)
      #expect(try world.schedule(id)?.refreshAt == world.time.now + .seconds(720))
    }
  }

  @Test func aProviderThatCannotBeAskedProvesNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"fail_token": 503}"#)
      #expect(try await report(world, id) == .unproven)
      try await world.provider.turn(#"{"fail_token": 0, "fail_whoami": 500}"#)
      world.time.advance(.seconds(20))
      #expect(try await report(world, id) == .unproven)
      #expect(try world.count(.needsReauthorization, of: id) == 0)
    }
  }

  /// Nothing to refresh it with: what the provider says counts.
  @Test func aRefusedKeyNeedsItsCustomer() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-key")
      let id = try await world.put(["api_key": "sandbox-key-nobody"], kind: .apiKey, connector: "sandbox-key")
      #expect(try await report(world, id) == .refused)
      #expect(try world.state(id) == .needsReauthorization && world.head(id).reasonCode == "token_refused")
      let good = try await world.put(["api_key": "sandbox-key-alice"], kind: .apiKey, connector: "sandbox-key")
      #expect(try await report(world, good) == .working)
    }
  }

  @Test func whatIsNotTheirsIsNotThere() async throws {
    try await World.run { world in
      let id = try await world.connect()
      for (integration, workspace) in [(UUID(), world.workspace), (id, UUID())] {
        await #expect(throws: CustodyError.notFound) {
          _ = try await world.assembly.tokenReport.report(integration, workspace: workspace, version: nil, by: .library)
        }
      }
    }
  }
}
