import Foundation
import OAuth
import Renewal
import Storage
import TestKit
import Testing

/// Renewals that nobody may begin, or go on with.
@Suite("a renewal")
struct RefusedRenewalByNameTests {
  @Test("missing entity") func missingEntity() async throws {
    try await World.run { world in
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(renewing: UUID()) }
      await #expect(throws: ConnectRefusal.unknownConnector) { _ = try await world.begin("missing", renewing: UUID()) }
    }
  }

  @Test("of a suspended integration (refused)") func ofSuspended() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.suspended, to: id)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.suspended) { _ = try await world.begin(renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("of a deleted integration (410)") func ofDeleted() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.deleted, to: id)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.begin(renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("another customer's id") func anotherCustomer() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "mallory", renewing: id) }
      // Customers' ids are compared byte by byte.
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "Customer_1", renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("another workspace's certificate") func anotherCertificate() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, stranger) = (try world.snapshot(id), UUID())
      try await world.assembly.workspaces.create(id: stranger, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: stranger)
      try await world.addConnector("sandbox", workspace: stranger)
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(renewing: id, by: .other) }
      await #expect(throws: ConnectRefusal.notFound) {
        _ = try await world.begin(renewing: id, adding: ["workspace_id": stranger.text], by: .other)
      }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("wrong connector") func wrongConnector() async throws {
    try await World.run { world in
      try await world.addConnector("other", provider: "sandbox")
      let id = try await world.connect()
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin("other", renewing: id) }
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("attempt, state or jti replayed") func replayed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id, adding: ["jti": "once"]))
      let query = try await browser.allow(begun)
      #expect(try await browser.callback(query).failure == nil)
      let after = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.visit(begun) }
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
      await #expect(throws: ConnectRefusal.secretSpent) {
        _ = try await world.begin(renewing: id, adding: ["jti": "once"])
      }
      #expect(try world.snapshot(id) == after)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }
}
