import Foundation
import Storage
import TestKit
import Testing

@testable import Renewal

/// Schedules have no MAC: whoever edits one may move a refresh, never a value, and stops nobody.
struct EditedScheduleTests {
  private func edit(_ id: UUID, in world: World, _ change: @escaping @Sendable (inout ScheduleRow) -> Void) async throws {
    var row = try #require(try world.schedule(id))
    change(&row)
    let edited = row
    try await world.file.write(.normal) { try $0.update(edited) }
  }

  @Test func thatWasDueBeforeTime() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await edit(id, in: world) { $0.refreshAt = Instant(milliseconds: .min) }
      let scheduler = Task { await world.assembly.scheduler(concurrency: 2).run() }
      try await world.eventually("a refresh") { try world.head(id).currentVersion == 2 }
      scheduler.cancel()
      try await within("the scheduler's end") { await scheduler.value }
      try await edit(id, in: world) { $0.refreshAt = Instant(milliseconds: .min) }
      #expect(try await world.assembly.due.run(concurrency: 1).refreshed == 1)
      try await edit(id, in: world) { $0.refreshAt = Instant(milliseconds: .max) }
      #expect(try await world.assembly.due.run(concurrency: 1).refreshed == 0)
      #expect(try await world.refresh(id, .forced(seen: 3)) == .fresh(version: 4))
    }
  }

  @Test func thatHasFailedForEver() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await edit(id, in: world) { $0.failures = .max }
      try await world.provider.turn(#"{"fail_token": 500, "count": 1}"#)
      try world.advanceToRefresh(id)
      guard case .degraded("server_error", _) = try await world.refresh(id) else {
        Issue.record("not degraded")
        return
      }
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
    }
  }

  @Test func whoseFencesAreUsedUp() async throws {
    try await World.run { world in
      let (id, other) = (try await world.connect(), try await world.connect(customer: "customer_2"))
      try await edit(id, in: world) { $0.fence = .max }
      world.time.advance(.seconds(40))
      await #expect(throws: StorageError.malformedRow(table: "schedules")) { _ = try await world.refresh(id) }
      let summary = try await world.assembly.due.run(concurrency: 1)
      #expect(summary == DueSummary(refreshed: 1, postponed: 1), "the others are not held up")
      #expect(try world.head(other).currentVersion == 2)
    }
  }
}
