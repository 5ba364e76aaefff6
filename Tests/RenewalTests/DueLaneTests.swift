import Foundation
import Storage
import TestKit
import Testing

@testable import Renewal

struct DueLaneTests {
  @Test func aProviderInTroubleHoldsUpNoOther() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-bare")
      // Eight that fail, all of them more urgent than the one that does not.
      for number in 0..<8 { _ = try await world.connect(customer: "customer_\(number)") }
      world.time.advance(.seconds(1))
      let other = try await world.connect("sandbox-bare", customer: "other")
      world.time.advance(.seconds(40))
      try await world.provider.turn(#"{"fail_token": 503, "count": 5}"#)
      let summary = try await world.assembly.due.run(concurrency: 1)
      #expect(summary == DueSummary(refreshed: 1, postponed: 5, resting: 1))
      #expect(try world.head(other).currentVersion == 2)
    }
  }

  /// Who falls due while another's provider takes its time does not wait for its answer, and many of one slow provider
  /// leave a place for others.
  @Test(arguments: [(slow: 1, concurrency: 2, begun: 1), (slow: 6, concurrency: 4, begun: 3)])
  func aSlowProviderHoldsUpNobodyWhoFallsDueMeanwhile(slow: Int, concurrency: Int, begun: Int) async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-bare")
      var waiting: [UUID] = []
      for number in 0..<slow { waiting.append(try await world.connect(customer: "slow_\(number)")) }
      world.time.advance(.seconds(10))
      let quick = try await world.connect("sandbox-bare", customer: "quick")
      for id in waiting { try world.advanceToRefresh(id) }
      let before = world.gate.requests
      world.gate.set(.hold)
      let pass = Task { try await world.assembly.due.run(concurrency: concurrency) }
      try await world.gate.arrived(before + begun)
      world.gate.set(.pass)
      try world.advanceToRefresh(quick)
      try await world.eventually("a refresh") { try world.head(quick).currentVersion == 2 }
      #expect(try waiting.allSatisfy { try world.head($0).currentVersion == 1 })
      world.gate.open()
      #expect(try await pass.value == DueSummary(refreshed: slow + 1))
    }
  }

  /// Some customers' grants fail for ever: whoever is well is refreshed all the same, by the schedule and for callers.
  @Test func someWhoAlwaysFailStarveNobody() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-n")
      var failing: [UUID] = []
      for number in 0..<6 { failing.append(try await world.connect("sandbox-n", customer: "bad_\(number)")) }
      world.time.advance(.seconds(10))
      let sound = try await world.connect("sandbox-n", customer: "good")
      world.time.advance(.seconds(25))
      world.gate.set(Gate.json("{}", status: "503 Service Unavailable"))
      #expect(try await world.assembly.due.run(concurrency: 1).resting == 1)
      #expect(try failing.filter { try world.schedule($0)?.failures ?? 0 > 0 }.count == 5)
      // A caller who waits tries early, for one that has not failed.
      world.gate.set(.pass)
      world.time.advance(.seconds(8))
      #expect(try await world.serve(sound, validFor: .seconds(30)).version == 2)
      // All that fails fails again, whoever is well goes on: the breaker stays closed.
      world.gate.set(Gate.json("{}", status: "503 Service Unavailable"))
      for _ in 0..<10 {
        world.time.advance(.seconds(1))
        for id in failing.prefix(5) {
          try await world.failAgain(id)
          _ = try await world.refresh(id)
        }
      }
      world.gate.set(.pass)
      try world.advanceToRefresh(sound)
      #expect(try await world.refresh(sound) == .fresh(version: 3))
    }
  }

  @Test func keepsToTheRateOfItsProvider() async throws {
    try await World.run(rate: 20) { world in
      for number in 0..<10 { _ = try await world.connect(customer: "customer_\(number)") }
      world.time.advance(.seconds(40))
      let begun = world.time.now
      let summary = try await world.assembly.due.run(concurrency: 4)
      #expect(summary == DueSummary(refreshed: 10))
      // A bucket of two, then one in 50 ms.
      #expect(world.time.now - begun >= .milliseconds(400))
    }
  }
}
