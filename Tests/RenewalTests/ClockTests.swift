import Custody
import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// A wall clock that jumps, and a provider that is out for a day.
struct ClockTests {
  static let hour = Duration.seconds(3600)

  /// What a server does all day, every half hour.
  private func live(_ hours: Int, _ world: World) async throws {
    for _ in 0..<(hours * 2) {
      world.time.advance(.seconds(1800))
      try await world.assembly.clock.look()
      try await world.assembly.notices.run()
      _ = try await world.assembly.due.run(concurrency: 4)
      _ = try await world.assembly.janitor.run()
      _ = try await world.assembly.attempts.sweep()
    }
  }

  /// One integration of each kind that time can do something to.
  private func everyKind(_ world: World) async throws -> [UUID] {
    var ids: [UUID] = [try await world.connect()]
    for name in ["sandbox-n", "sandbox-s", "sandbox-g", "sandbox-bare", "sandbox-limited"] {
      try await world.addConnector(name)
      ids.append(try await world.connect(name))
    }
    // In doubt about its refresh token, which the provider never saw.
    world.gate.set(.reset)
    _ = try await world.refresh(ids[0], .forced(seen: 1))
    world.gate.set(.pass)
    ids.append(try await world.put(["access_token": "a"], lifetime: Self.hour * 24 * 9))
    return ids
  }

  @Test(arguments: [48, -48])
  func aDayOfOutageAndAClockThatJumpsMarkNobody(_ hours: Int) async throws {
    try await World.run { world in
      let ids = try await everyKind(world)
      try await world.provider.turn(#"{"fail_token": 503}"#)
      try await live(2, world)
      world.time.jump(Self.hour * hours)
      try await live(20, world)
      #expect(try world.assembly.clock.doubtedJump() == Self.hour * hours)
      world.time.jump(.zero - Self.hour * hours)
      try await live(2, world)
      #expect(try world.assembly.clock.doubtedJump() == nil)
      for id in ids {
        #expect(try world.head(id).lifecycle == .ready)
        #expect(try world.count(.needsReauthorization, of: id) == 0 && world.count(.expiring, of: id) == 0)
      }
      try await world.provider.resetSwitches()
      try await live(1, world)
      for id in ids.dropLast() {
        #expect(try world.state(id) == .ready, "\(id)")
        guard case .token = try await world.serve(id) else {
          Issue.record("\(id) is not served")
          continue
        }
      }
    }
  }

  @Test func aJumpForwardIsDoubtedForADayAndThenBelieved() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"], lifetime: Self.hour * 24)
      try await world.assembly.clock.look()
      world.time.jump(Self.hour * 48)
      #expect(try await world.assembly.clock.look() == Self.hour * 48)
      #expect(try await world.assembly.clock.look() == nil)
      #expect(try await world.refresh(id) == .degraded(reason: "clock_jumped", retryAfter: .seconds(600)))
      guard case .unavailable(.providerUnavailable) = try await world.serve(id) else {
        Issue.record("neither served nor put off")
        return
      }
      #expect(try world.state(id) == .ready)
      #expect(try world.assembly.directory.explanation(of: try world.head(id)).lines.contains { $0.contains("jumped forward by 2 d") })
      try await live(25, world)
      #expect(try world.state(id) == .needsReauthorization)
      let told = try world.audit().map(\.action).filter { $0.hasPrefix("clock.") }
      #expect(told == ["clock.jump", "clock.believed"])
    }
  }

  /// Before anybody has looked, the decision itself does.
  @Test func aJumpThatNobodyHasNotedYetCountsToo() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"], lifetime: Self.hour)
      try await world.assembly.clock.look()
      world.time.jump(Self.hour * 2)
      #expect(try await world.refresh(id) == .degraded(reason: "clock_jumped", retryAfter: .seconds(600)))
    }
  }

  @Test func whatAJumpMadeDueIsSpreadInItsOrder() async throws {
    try await World.run { world in
      try await world.assembly.clock.look()
      let start = world.time.now
      var ids: [UUID] = []
      for hours in [1, 10, 20, 40, 60] {
        let id = try await world.put(["access_token": "a", "refresh_token": "r"])
        try await world.schedule(id, at: start + Self.hour * hours)
        ids.append(id)
      }
      world.time.jump(Self.hour * 48)
      try await world.assembly.clock.look()
      let now = world.time.now
      let due = try ids.map { try #require(try world.schedule($0)?.refreshAt) - now }
      #expect(due == due.sorted() && due[0] > .zero && due[3] <= ClockWatch.window && due[4] == Self.hour * 12)
      world.time.jump(.zero - Self.hour * 48)
      try await world.assembly.clock.look()
      let back = try ids.map { try #require(try world.schedule($0)?.refreshAt) - start }
      #expect(back == back.sorted() && back[0] > .zero && back[3] <= ClockWatch.window)
      #expect(back[4] == Self.hour * 12)
    }
  }

  /// A clock that goes back makes no token live longer: each is refreshed when it would have been.
  @Test func afterAJumpBackNothingExpiresUnrefreshed() async throws {
    try await World.run { world in
      try await world.assembly.clock.look()
      let id = try await world.connect()
      let due = try #require(try world.schedule(id)?.refreshAt) - world.time.now
      world.time.jump(.zero - Self.hour * 4)
      try await world.assembly.clock.look()
      #expect(try #require(try world.schedule(id)?.refreshAt) - world.time.now == due)
      world.time.advance(due)
      #expect(try await world.assembly.due.run(concurrency: 1).refreshed == 1)
    }
  }

  /// … and one that was dated by the clock that was ahead is not served on its word.
  @Test func afterAJumpBackAFetchRefreshesBeforeItServes() async throws {
    try await World.run { world in
      try await world.assembly.clock.look()
      let id = try await world.connect()
      world.time.jump(.zero - Self.hour * 4)
      #expect(try await world.serve(id).version == 2)
      #expect(try await world.serve(id).version == 2)
    }
  }

  @Test func aClockThatWentBackWhileTheMachineWasOffIsNoticed() async throws {
    try await World.run { world in
      try await world.assembly.clock.look()
      world.time.reboot()
      world.time.advance(Self.hour)
      #expect(try await world.assembly.clock.look() == nil, "time passed")
      world.time.reboot()
      world.time.jump(.zero - Self.hour * 5)
      #expect(try await world.assembly.clock.look() == .zero - Self.hour * 5)
      #expect(try world.custodian.doubtsClock())
    }
  }
}
