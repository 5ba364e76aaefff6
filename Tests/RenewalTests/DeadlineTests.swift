import Custody
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Grants that end by themselves: told in time, once, and left to the provider's word.
struct DeadlineTests {
  static let day = Duration.seconds(86_400)

  private func deadline(_ id: UUID, _ world: World) throws -> Instant? {
    let head = try world.head(id)
    return try world.custodian.view { try $0.deadline(of: head) }?.at
  }

  /// Lets days pass, with a scheduler's work at the end of each.
  private func pass(_ days: Int, _ world: World) async throws {
    for _ in 0..<days {
      world.time.advance(Self.day)
      try await world.assembly.clock.look()
      try await world.assembly.notices.run()
      _ = try await world.assembly.due.run(concurrency: 2)
    }
  }

  private func token(refreshExpiresIn: Int?, expiresIn: Int = 3600) -> Gate.Act {
    let end = refreshExpiresIn.map { #", "refresh_token_expires_in": \#($0)"# } ?? ""
    return Gate.json(#"{"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": \#(expiresIn)\#(end)}"#)
  }

  @Test func anAbsoluteLimitIsToldThreeTimesAndThenTheProviderIsAsked() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-limited")
      let id = try await world.connect("sandbox-limited")
      let end = world.time.now + Self.day * 90
      #expect(try deadline(id, world) == end)
      try await pass(59, world)
      #expect(try world.state(id) == .ready && world.count(.expiring, of: id) == 0)
      try await pass(1, world)
      #expect(try world.state(id) == .expiring && world.count(.expiring, of: id) == 1)
      let standing = try world.assembly.directory.entry(id, workspace: world.workspace).standing
      #expect(standing.state == .expiring && standing.nextAction == .renew && standing.deadlineAt == end)
      #expect(standing.isServing)
      try await pass(23, world)
      #expect(try world.count(.expiring, of: id) == 2)
      // Trouble hides the deadline, and does not make anybody forget it.
      try await world.provider.turn(#"{"fail_token": 500}"#)
      try await pass(1, world)
      #expect(try world.state(id) == .degraded)
      try await world.provider.resetSwitches()
      try await pass(1, world)
      #expect(try world.state(id) == .expiring && world.head(id).reasonCode == "deadline")
      try await pass(4, world)
      #expect(try world.count(.expiring, of: id) == 3)
      let last = try world.custodian.view { try $0.events(integration: id, after: 0, limit: 1000) }.last { $0.type == .expiring }
      let payload: [String: String] = CanonicalJSON.value(from: last?.payload ?? "") ?? [:]
      #expect(payload["days_left"] == "1" && payload["deadline_at"] == end.text && payload["state"] == "expiring")
      // The calendar ends nothing: the provider still gives tokens, so what was known was wrong.
      try await pass(3, world)
      #expect(try world.state(id) == .ready && world.count(.expiring, of: id) == 3)
      #expect(try world.count(.needsReauthorization, of: id) == 0 && deadline(id, world) == nil)
    }
  }

  @Test func aRenewalMovesTheDeadlineAway() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-limited")
      let id = try await world.connect("sandbox-limited")
      try await pass(65, world)
      #expect(try world.state(id) == .expiring)
      #expect(try await world.renew(id, "sandbox-limited").failure == nil)
      #expect(try world.state(id) == .ready && world.head(id).reasonCode == nil)
      #expect(try deadline(id, world) == world.time.now + Self.day * 90)
      try await pass(30, world)
      #expect(try world.count(.expiring, of: id) == 1)
    }
  }

  @Test func afterAPauseOnlyTheNearestIsTold() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-limited")
      let id = try await world.connect("sandbox-limited")
      world.time.advance(Self.day * 84)
      #expect(try await world.assembly.notices.run() == 1)
      #expect(try await world.assembly.notices.run() == 0)
      #expect(try world.events(id).count { $0 == .expiring } == 1)
      #expect(try world.custodian.view { try $0.row(DeadlineRow.self, .uuid(id)) }?.told == 7)
    }
  }

  @Test func severalProcessesTellOnce() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-limited")
      let id = try await world.connect("sandbox-limited")
      let other = try await world.another()
      world.time.advance(Self.day * 60)
      async let first = world.assembly.notices.run()
      async let second = other.notices.run()
      #expect(try await first + second == 1)
      #expect(try world.count(.expiring, of: id) == 1)
      await other.shutdown()
    }
  }

  /// Refreshes come after a turn of it, and cannot wait for all that end on the same day.
  @Test func aTurnOfManyNoticesEnds() async throws {
    try await World.run { world in
      for _ in 0..<120 { _ = try await world.put(["access_token": "a"], lifetime: Self.day * 10) }
      world.time.advance(Self.day * 4)
      #expect(try await world.assembly.notices.run(for: .zero) == 100)
      #expect(try await world.assembly.notices.run() == 20)
    }
  }

  /// A deadline that each refresh moves is none that anybody has to hear of.
  @Test func aReplyNamesAndMovesTheDeadline() async throws {
    try await World.run { world in
      world.gate.set(token(refreshExpiresIn: 40 * 86_400, expiresIn: 30 * 86_400))
      try await world.addConnector("sandbox-bare")
      let id = try await world.connect("sandbox-bare")
      #expect(try deadline(id, world) == world.time.now + Self.day * 40)
      #expect(try #require(world.schedule(id)?.refreshAt) <= world.time.now + Self.day * 10, "before the first notice")
      try await pass(10, world)
      #expect(try world.head(id).currentVersion ?? 0 > 1)
      #expect(try deadline(id, world) ?? world.time.now > world.time.now + Self.day * 37)
      #expect(try world.count(.expiring, of: id) == 0 && world.state(id) == .ready)
      // One that does not name it leaves it.
      let before = try deadline(id, world)
      world.gate.set(token(refreshExpiresIn: nil, expiresIn: 60 * 86_400))
      try await pass(11, world)
      #expect(try deadline(id, world) == before)
      try await pass(10, world)
      #expect(try world.count(.expiring, of: id) == 1 && world.state(id) == .expiring)
      // … and one that names a later one ends the warning.
      world.gate.set(token(refreshExpiresIn: 40 * 86_400))
      _ = try await world.refresh(id, .forced(seen: try world.head(id).currentVersion ?? 0))
      #expect(try world.state(id) == .ready && world.count(.expiring, of: id) == 1)
    }
  }

  @Test func withoutARefreshTokenTheTokenItselfIsTheDeadline() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"], lifetime: Self.day * 10)
      let short = try await world.put(["access_token": "b"], lifetime: .seconds(3600))
      try await pass(4, world)
      #expect(try world.state(id) == .expiring && world.count(.expiring, of: id) == 1)
      #expect(try world.state(short) == .needsReauthorization && world.count(.expiring, of: short) == 0)
      try await pass(7, world)
      #expect(try world.state(id) == .needsReauthorization && world.head(id).reasonCode == "expired")
      #expect(try world.count(.expiring, of: id) == 2)
    }
  }

  @Test func anIdleTokenIsUsedBeforeHalfItsLimit() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-limited")
      let id = try await world.put(
        ["access_token": "a", "refresh_token": "never"], connector: "sandbox-limited")
      let at = try #require(try world.schedule(id)?.refreshAt)
      #expect(at <= world.time.now + Self.day * 5 && at >= world.time.now + Self.day * 4)
      #expect(try world.assembly.directory.explanation(of: try world.head(id)).lines.contains { $0.contains("idle") })
    }
  }
}
