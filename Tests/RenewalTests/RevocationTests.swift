import Custody
import Foundation
import OAuth
import Renewal
import Storage
import TestKit
import Testing

/// What a provider is told of grants that have ended here.
struct RevocationTests {
  @Test func theProviderIsToldAfterADisconnect() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let old = try #require(try await world.serve(id).token)
      try await world.apply(.disconnected, to: id)
      #expect(try await world.provider.count("revocations") == 0, "the end is durable before the network hears of it")
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
      #expect(try await world.provider.count("revocations") == 2)
      #expect(try world.revocations() == ["revoked"])
      #expect(try await world.provider.isDead(old))
      #expect(try await world.assembly.revocations.run() == RevocationSummary())
      #expect(try world.leftovers() == [])
      // A renewal begins anew, and nothing of the old end follows it.
      #expect(try await world.renew(id).failure == nil)
      let new = try #require(try await world.serve(id).token)
      #expect(try await world.assembly.revocations.run() == RevocationSummary())
      #expect(try await !world.provider.isDead(new))
    }
  }

  @Test func disconnectingTwiceTellsOnce() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.disconnected, to: id)
      let grant = try world.head(id).grantNumber
      try await world.apply(.disconnected, to: id)
      #expect(try world.head(id).grantNumber == grant && world.count(.revoked, of: id) == 1)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
    }
  }

  /// A provider that is down is told later, by whichever process is there, for a day.
  @Test func aProviderThatIsDownIsToldLater() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.disconnected, to: id)
      world.gate.set(.reset)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(pending: 1))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(), "not before a minute is over")
      #expect(try world.leftovers().count == 1)
      world.gate.set(.pass)
      world.time.advance(.seconds(60))
      let another = try await world.another()
      #expect(try await another.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
      await another.shutdown()
      #expect(try world.leftovers() == [])
    }
  }

  @Test func afterADayItIsGivenUp() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.disconnected, to: id)
      world.gate.set(.reset)
      world.time.advance(.seconds(24 * 3600))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(pending: 1), "there is one try in any case")
      world.time.advance(.seconds(3600))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.givenUp: 1]))
      #expect(try await world.provider.count("revocations") == 0)
      #expect(try world.leftovers() == [] && world.revocations() == ["given_up"])
    }
  }

  @Test func processesDoNotTellTogether() async throws {
    try await World.run { world in
      let ids = try await [world.connect(), world.connect(customer: "customer_2"), world.connect(customer: "customer_3")]
      for id in ids { try await world.apply(.disconnected, to: id) }
      let another = try await world.another()
      async let mine = world.assembly.revocations.run()
      async let theirs = another.revocations.run()
      let told = try await (mine.ended[.revoked] ?? 0) + (theirs.ended[.revoked] ?? 0)
      await another.shutdown()
      #expect(told == 3)
      #expect(try await world.provider.count("revocations") == 6)
    }
  }

  /// At some providers one token ends all that a client has from an account.
  @Test func aGrantThatLivesElsewhereIsLeftAlone() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let (first, second) = try await (world.connect("sandbox-whole"), world.connect("sandbox-whole", customer: "customer_2"))
      try await world.apply(.disconnected, to: first)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.shared: 1]))
      #expect(try await world.provider.count("revocations") == 0)
      try await world.apply(.disconnected, to: second)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
      #expect(try await world.provider.count("revocations") == 2)
    }
  }

  @Test func anotherAccountsGrantIsNoHindrance() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let first = try await world.connect("sandbox-whole")
      _ = try await world.connect("sandbox-whole", as: "bob", customer: "customer_2")
      try await world.apply(.disconnected, to: first)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
    }
  }

  /// Disconnected while the provider was down, renewed since: the old token would end the new grant.
  @Test func anIntegrationThatWasRenewedMeanwhileIsLeftAlone() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let id = try await world.connect("sandbox-whole")
      try await world.apply(.disconnected, to: id)
      world.gate.set(.reset)
      #expect(try await world.assembly.revocations.run().pending == 1)
      world.gate.set(.pass)
      #expect(try await world.renew(id, "sandbox-whole").failure == nil)
      world.time.advance(.seconds(60))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.shared: 1]))
      #expect(try await world.provider.count("revocations") == 0)
    }
  }

  /// A customer is at the provider's page this very moment: whose account comes back, nobody knows yet.
  @Test func anExchangeUnderWayIsWaitedFor() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let id = try await world.connect("sandbox-whole")
      try await world.apply(.disconnected, to: id)
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin("sandbox-whole", renewing: id))
      world.gate.set(.hold)
      async let end = browser.callback(query)
      try await world.gate.arrived(2)
      #expect(try await world.assembly.revocations.run().pending == 1)
      world.gate.open()
      #expect(try await end.failure == nil)
      world.time.advance(.seconds(60))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.shared: 1]))
    }
  }

  /// Every grant that a renewal left behind ends with the integration.
  @Test func grantsBeforeARenewalEndToo() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let first = try #require(try await world.serve(id).token)
      #expect(try await world.renew(id).failure == nil)
      let second = try #require(try await world.serve(id).token)
      try await world.apply(.deleted, to: id)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 2]))
      #expect(try await world.provider.isDead(first))
      #expect(try await world.provider.isDead(second))
    }
  }

  /// Each of them ends what the client has from the account, and takes the integration's claim while it is told.
  @Test func theyAreToldOneAfterTheOther() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let id = try await world.connect("sandbox-whole")
      #expect(try await world.renew(id, "sandbox-whole").failure == nil)
      try await world.apply(.disconnected, to: id)
      let summary = try await world.assembly.revocations.run(of: id)
      #expect(summary.pending == 0 && summary.ended.values.reduce(0, +) == 2)
    }
  }
}
