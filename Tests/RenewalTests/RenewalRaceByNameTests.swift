import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Renewals that meet a refresh, another renewal, or the end of their process.
@Suite("a renewal")
struct RenewalRaceByNameTests {
  @Test("background refresh during renewal") func backgroundRefresh() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let renewal = browser.callback(query)
      try await world.gate.arrived(2)
      #expect(try await world.refresh(id) == .busy)
      world.gate.open()
      #expect(try await renewal.failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      #expect(try await world.provider.count("refreshes_of_dead_tokens") == 0)
    }
  }

  @Test("two renewals racing") func twoRacing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (first, second) = (Browser(world), Browser(world))
      let one = try await first.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let early = first.callback(one)
      try await world.gate.arrived(2)
      let two = try await second.allow(try await world.begin(renewing: id))
      async let late = second.callback(two)
      world.gate.open()
      let failures = try await [early.failure, late.failure]
      #expect(failures.count { $0 == nil } == 1 && failures.contains(.superseded))
      try world.expectRenewed(id, version: 2, grant: 2, failed: 1)
    }
  }

  @Test("a late refresh landing after the swap (archived)") func lateRefresh() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let late = world.refresh(id)
      try await world.gate.arrived(2)
      world.time.advanceBoot(.seconds(60))
      world.gate.set(.pass)
      #expect(try await world.renew(id).failure == nil)
      let renewed = try await world.serve(id)
      #expect(renewed.version == 2)
      world.gate.open()
      #expect(try await late == .fresh(version: 2))
      #expect(try world.head(id).currentVersion == 2 && world.head(id).lastVersion == 3)
      #expect(try world.credentials(id).map(\.state) == [.committed, .committed, .archived])
      #expect(try world.credentials(id).map(\.origin) == [.connect, .renewal, .refresh])
      #expect(try world.refreshAttempts(id).map(\.state) == [.archived])
      #expect(try await world.serve(id) == renewed)
      #expect(try world.count(.renewed, of: id) == 1)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 4))
    }
  }

  /// The process dies when the raw reply is sealed and nothing of it is parsed.
  @Test("crash between exchange and swap") func crash() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"access_token_lifetime": 600}"#)
      let before = try world.snapshot(id)
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.landAndDie(begun, query)
      #expect(try world.snapshot(id) == before)
      world.time.advance(.seconds(90))
      #expect(try await world.assembly.attempts.sweep() == 1)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }
}
