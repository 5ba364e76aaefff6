import Foundation
import Storage
import TestKit
import Testing

struct RefreshSchedulerTests {
  private func run(_ world: World, _ body: () async throws -> Void) async throws {
    let scheduler = Task { await world.assembly.scheduler(concurrency: 2).run() }
    do {
      try await body()
    } catch {
      scheduler.cancel()
      throw error
    }
    scheduler.cancel()
    try await within("the scheduler's end") { await scheduler.value }
  }

  @Test func refreshesUnasked() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      try await run(world) {
        try await world.eventually("a refresh") { try world.head(id).currentVersion == 2 }
      }
      #expect(try await world.provider.count("refreshes") == 1)
    }
  }

  /// Asleep for seconds, it wakes when this process commits something.
  @Test func wakesWithACommit() async throws {
    try await World.run { world in
      try await run(world) {
        let id = try await world.connect()
        try world.advanceToRefresh(id)
        _ = try await world.begin(customer: "another")
        try await world.eventually("a refresh") { try world.head(id).currentVersion == 2 }
      }
    }
  }

  @Test func finishesWhatIsInFlightWhenItIsStopped() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      let scheduler = Task { await world.assembly.scheduler().run() }
      try await world.gate.arrived(2)
      scheduler.cancel()
      world.gate.open()
      try await within("the scheduler's end") { await scheduler.value }
      #expect(try world.head(id).currentVersion == 2)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
    }
  }
}
