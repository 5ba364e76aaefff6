import Foundation
import Renewal
import Storage
import TestKit
import Testing

struct RefreshTests {
  @Test func bringsTheNextVersionUnderTheSameGrant() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let old = try await world.serve(id)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      let new = try await world.serve(id)
      #expect(new.version == 2 && new.token != old.token)
      let rows = try world.credentials(id)
      #expect(rows.map(\.grantNumber) == [1, 1] && rows.map(\.origin) == [.connect, .refresh])
      #expect(rows[1].expiresAt == world.time.now + .seconds(60))
      #expect(try world.schedule(id)?.refreshAt == world.time.now + .seconds(27))
      #expect(try world.schedule(id)?.claimOwner == nil)
      #expect(try world.refreshAttempts(id).map(\.state) == [.committed])
      #expect(try world.leftovers() == [])
      #expect(try await world.provider.count("refreshes") == 1)
      #expect(try world.count(.recovered, of: id) == 0)
      #expect(try world.audit().contains { $0.action == "credential.refresh" && $0.subject.hasSuffix(id.text) })
    }
  }

  @Test func keepsTheOldRefreshTokenWhenNoneCame() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"omit_refresh_token": true, "count": 1}"#)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      let tokens = [
        try await world.field("refresh_token", of: id, version: 1),
        try await world.field("refresh_token", of: id, version: 2),
      ]
      #expect(tokens[0] != nil && tokens[0] == tokens[1])
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
      #expect(try await world.field("refresh_token", of: id, version: 3) != tokens[0])
    }
  }

  @Test func happensOnceHoweverManyAsk() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.time.advance(.seconds(61))
      let served = try await withThrowingTaskGroup(of: Served.self) { group in
        for _ in 0..<100 { group.addTask { try await world.serve(id) } }
        return try await group.reduce(into: [Served]()) { $0.append($1) }
      }
      #expect(served.count == 100 && served.allSatisfy { $0 == served[0] && $0.version == 2 })
      #expect(try await world.provider.count("refreshes") == 1)
      #expect(world.gate.requests == 2)
    }
  }

  @Test func happensOnceAcrossProcesses() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let other = try await world.another()
      world.time.advance(.seconds(61))
      let served = try await withThrowingTaskGroup(of: Served.self) { group in
        for number in 0..<20 {
          group.addTask { try await world.serve(id, by: number % 2 == 0 ? world.assembly : other) }
        }
        return try await group.reduce(into: [Served]()) { $0.append($1) }
      }
      await other.shutdown()
      #expect(served.count == 20 && served.allSatisfy { $0 == served[0] && $0.version == 2 })
      #expect(try await world.provider.count("refreshes") == 1)
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  @Test func waitsForTheScheduleUnlessSomebodyAsks() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.refresh(id, .due) == .fresh(version: 1))
      #expect(try await world.refresh(id, .demand(seen: 0)) == .fresh(version: 1))
      #expect(world.gate.requests == 1)
      #expect(try await world.refresh(id, .demand(seen: 1)) == .fresh(version: 2))
      #expect(world.gate.requests == 2)
    }
  }

  @Test func servesWhatLivesLongEnoughWithoutARefresh() async throws {
    try await World.run { world in
      let id = try await world.connect()
      world.time.advance(.seconds(29))
      // Half of a minute is the most that may be asked for.
      #expect(try await world.serve(id, validFor: .seconds(3600)).version == 1)
      world.time.advance(.seconds(2))
      #expect(try await world.serve(id, validFor: .seconds(10)).version == 1)
      #expect(try await world.serve(id, validFor: .seconds(3600)).version == 2)
    }
  }

  @Test func goesOnWhileSuspended() async throws {
    try await World.run { world in
      let id = try await world.connect()
      _ = try await world.assembly.integrations.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await world.serve(id) == .unavailable(.suspended))
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 2))
      #expect(try world.state(id) == .suspended)
      _ = try await world.assembly.integrations.apply(.resumed, to: id, workspace: world.workspace, by: .commandLine)
      #expect(try await world.serve(id).version == 2)
    }
  }

  @Test func withoutARefreshTokenThereIsNothingToDo() async throws {
    try await World.run { world in
      let id = try await world.put(["access_token": "a"], lifetime: .seconds(60))
      #expect(try await world.serve(id) == .token("a", version: 1))
      world.time.advance(.seconds(61))
      #expect(try await world.serve(id) == .unavailable(.needsReauthorization(reason: "expired")))
      #expect(try world.state(id) == .needsReauthorization && world.count(.needsReauthorization, of: id) == 1)
      #expect(try await world.refresh(id, .demand(seen: 1)) == .notRefreshable)
      #expect(world.gate.requests == 0)
    }
  }
}
