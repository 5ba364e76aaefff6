import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Everything that can happen to a renewal, by the name under which people speak of it: here those that come about. What
/// stands elsewhere in more detail stands here, and in the other suites of this name, once more in short.
@Suite("a renewal")
struct RenewalByNameTests {
  @Test("happy path") func happyPath() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let old = try await world.serve(id)
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      #expect(try await world.serve(id).token != old.token)
    }
  }

  @Test("same tenant, other user") func sameTenantOtherUser() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.renew(id, as: "bob").failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
      try await world.addConnector("strict", provider: "sandbox", policy: .sameActor)
      let strict = try await world.connect("strict", customer: "customer_2")
      let before = try world.snapshot(strict)
      let begun = try await world.begin("strict", customer: "customer_2", renewing: strict)
      #expect(try await Browser(world).finish(begun, as: "bob").failure == .wrongAccount)
      #expect(try world.snapshot(strict) == before)
    }
  }

  @Test("of a ready integration") func ofReady() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try world.state(id) == .ready)
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 2)
    }
  }

  @Test("of a revoked integration") func ofRevoked() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.disconnected, to: id)
      _ = try await world.assembly.revocations.run()
      #expect(try await world.renew(id).failure == nil)
      try world.expectRenewed(id, version: 2, grant: 3)
    }
  }

  @Test("exactly one integration_oauth_token_fixed") func oneTokenFixed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.provider.revokeAll()
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .dead(reason: "invalid_grant"))
      #expect(try await world.renew(id, as: "carol").failure == .wrongAccount)
      #expect(try await world.renew(id).failure == nil)
      try world.advanceToRefresh(id)
      #expect(try await world.refresh(id) == .fresh(version: 3))
      let words = try world.events(id).compactMap(\.munityName)
      #expect(words.count { $0 == "integration_oauth_token_fixed" } == 1)
      #expect(words == [
        "integration_installed", "integration_import_done", "integration_cannot_refresh_oauth_token",
        "integration_oauth_token_fixed",
      ])
    }
  }
}
