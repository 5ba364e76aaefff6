import Foundation
import Storage
import TestKit
import Testing

@testable import Renewal

struct DueRefreshTests {
  /// `count` integrations, connected a second apart.
  private func connect(_ count: Int, in world: World) async throws -> [UUID] {
    var ids: [UUID] = []
    for number in 0..<count {
      ids.append(try await world.connect(customer: "customer_\(number)"))
      world.time.advance(.seconds(1))
    }
    return ids
  }

  /// The integrations in the order in which they were refreshed.
  private func refreshed(_ world: World) throws -> [String] {
    try world.audit().filter { $0.action == "credential.refresh" }.map(\.subject)
  }

  @Test func refreshesWhatIsDueTheMostUrgentFirst() async throws {
    try await World.run { world in
      let ids = try await connect(4, in: world)
      #expect(try world.assembly.due.nextDue() == world.time.now - .seconds(4) + .seconds(27))
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary())
      try await world.schedule(ids[3], at: world.time.now - .seconds(100))
      try await world.schedule(ids[0], at: world.time.now - .seconds(50))
      try await world.schedule(ids[1], at: world.time.now)
      let summary = try await world.assembly.due.run(concurrency: 1)
      #expect(summary == DueSummary(refreshed: 3))
      #expect(try refreshed(world) == [ids[3], ids[0], ids[1]].map { "integration/\($0.text)" })
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary())
      #expect(try world.assembly.due.nextDue() == world.schedule(ids[2])?.refreshAt)
    }
  }

  @Test func keepsToItsConcurrency() async throws {
    try await World.run { world in
      _ = try await connect(6, in: world)
      world.time.advance(.seconds(40))
      try await world.provider.turn(#"{"slow_token_ms": 100}"#)
      #expect(try await world.assembly.due.run(concurrency: 3).refreshed == 6)
      #expect(try await world.provider.count("most_in_flight") == 3)
    }
  }

  @Test func beginsNothingAfterTheDeadline() async throws {
    try await World.run { world in
      let ids = try await connect(3, in: world)
      #expect(try await world.assembly.due.run(until: world.time.now, concurrency: 1) == DueSummary())
      world.time.advance(.seconds(30))
      #expect(
        try await world.assembly.due.run(until: world.time.now, concurrency: 1) == DueSummary(isPartial: true))
      #expect(world.gate.requests == 3)
      world.gate.set(.hold)
      async let summary = world.assembly.due.run(until: world.time.now + .seconds(10), concurrency: 1)
      try await world.gate.arrived(4)
      world.time.advance(.seconds(10))
      world.gate.open()
      #expect(try await summary == DueSummary(refreshed: 1, isPartial: true))
      #expect(try refreshed(world) == ["integration/\(ids[0].text)"])
    }
  }

  @Test func manyRunsTogetherRefreshEachOnce() async throws {
    try await World.run { world in
      let ids = try await connect(8, in: world)
      world.time.advance(.seconds(40))
      let other = try await world.another()
      async let one = world.assembly.due.run(concurrency: 4)
      async let two = other.due.run(concurrency: 4)
      _ = try await (one, two)
      await other.shutdown()
      #expect(try await world.provider.count("refreshes") == 8)
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
      for id in ids { #expect(try world.head(id).currentVersion == 2) }
    }
  }

  @Test func countsWhoIsNeeded() async throws {
    try await World.run { world in
      let ids = try await connect(3, in: world)
      world.time.advance(.seconds(40))
      try await world.provider.turn(#"{"fail_token": 500, "count": 1}"#)
      #expect(try await world.assembly.due.run(until: nil, concurrency: 1) == DueSummary(refreshed: 2, postponed: 1))
      try await world.provider.revokeAll()
      for id in ids { try await world.schedule(id, at: world.time.now) }
      #expect(try await world.assembly.due.run(concurrency: 2) == DueSummary(needHuman: 3))
      #expect(try world.assembly.due.nextDue() == nil)
    }
  }

  @Test func leavesAloneWhatCannotBeRefreshed() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"], lifetime: .seconds(60))
      try await world.schedule(id, at: world.time.now)
      let end = world.time.now + .seconds(60)
      #expect(try await world.assembly.due.run(concurrency: 2) == DueSummary())
      #expect(try world.assembly.due.nextDue() == end, "somebody is told when it runs out")
    }
  }

  /// A damaged row is passed over for a while; it neither stops the others nor is tried for ever.
  @Test func oneDamagedRowHoldsUpNobody() async throws {
    try await World.run { world in
      let ids = try await connect(2, in: world)
      try await world.tamper(with: ids[0])
      world.time.advance(.seconds(40))
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary(refreshed: 1, postponed: 1))
      #expect(try world.head(ids[1]).currentVersion == 2)
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary())
      #expect(world.gate.requests == 3)
      world.time.advance(.seconds(60))
      #expect(try await world.assembly.due.run(concurrency: 1).postponed == 1)
    }
  }

  @Test func aProviderThatLeftTheCatalogueIsNotTriedForEver() async throws {
    try await World.run { world in
      try await world.addConnector("gone", provider: "never-was")
      let id = try await world.put(
        ["access_token": "a", "refresh_token": "r"], lifetime: .seconds(60), connector: "gone")
      let due = world.time.now
      try await world.schedule(id, at: due)
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary(postponed: 1))
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary())
      world.time.advance(.seconds(60))
      #expect(try await world.assembly.due.run(concurrency: 1) == DueSummary(postponed: 1))
      // Another process may know the provider: nothing was written.
      #expect(try world.schedule(id)?.refreshAt == due && world.state(id) == .ready)
    }
  }
}
