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
