import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Attempts whose process died on the way.
struct InterruptedAttemptTests {
  @Test func aCrashAfterTheExchangeIsConcludedByTheSweep() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.turn(#"{"access_token_lifetime": 600}"#)
      let begun = try await world.begin(renewing: id)
      let query = try await Browser(world).allow(begun)
      try await world.landAndDie(begun, query)
      let before = try world.snapshot(id)
      #expect(try await world.assembly.attempts.sweep() == 0)
      world.time.advance(Attempts.takeOver)
      #expect(try world.snapshot(id) == before)
      let reopened = try await world.another()
      #expect(try await reopened.attempts.sweep() == 1)
      #expect(try await reopened.attempts.sweep() == 0)
      await reopened.shutdown()
      let ended = try #require(try world.attempt(begun.attempt))
      #expect(ended.state == .completed)
      #expect(ended.reason == nil)
      #expect(world.gate.requests == 2)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  /// A process that is alive is left to it; one that is gone is followed at once, before short tokens run out.
  @Test func whoIsAtItIsLeftToIt() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id)
      try await world.landAndDie(begun, try await Browser(world).allow(begun))
      let refresher = world.assembly.refresher
      _ = try await world.custodian.amend { change in
        try refresher.take(
          try change.integration(id, workspace: world.workspace), for: Attempts.claimDuration, in: change)
      }
      world.time.advance(Attempts.takeOver)
      let other = try await world.another()
      #expect(try await other.attempts.sweep() == 0)
      #expect(try world.attempt(begun.attempt)?.state == .verifying)
      try await world.killClaimHolder(id)
      #expect(try await other.attempts.sweep() == 1)
      await other.shutdown()
      #expect(try world.attempt(begun.attempt)?.state == .completed)
      try world.expectRenewed(id, version: 2, grant: 2)
      #expect(try world.schedule(id)?.claimOwner == nil)
    }
  }

  @Test func aProbeThatFindsNobodyIsMadeAgain() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let begun = try await world.begin(renewing: id)
      let browser = Browser(world)
      let query = try await browser.allow(begun)
      let probes = try await world.provider.count("whoami")
      try await world.provider.turn(#"{"fail_whoami": 503}"#)
      async let end = browser.callback(query)
      try await within("a second probe") {
        while try await world.provider.count("whoami") < probes + 2 { await Task.yield() }
      }
      try await world.provider.turn(#"{"fail_whoami": 0}"#)
      #expect(try await end.failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  @Test func aCrashBeforeTheReplyEndsTheAttemptOnly() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      let begun = try await world.begin(renewing: id)
      let row = try #require(try world.attempt(begun.attempt))
      try await world.custodian.amend { change in
        var row = row
        row.state = .exchanging
        try change.update(row)
      }
      world.time.advance(.seconds(600))
      #expect(try await world.assembly.attempts.sweep() == 1)
      #expect(try world.attempt(begun.attempt)?.state == .expired)
      #expect(try world.snapshot(id) == before)
    }
  }
}
