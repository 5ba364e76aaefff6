import Custody
import Foundation
import OAuth
import Sealing
import Storage
import TestKit
import Testing

@testable import Renewal

/// Integrations that are deleted: nothing is left but a tombstone.
struct DeletionTests {
  @Test func leavesATombstone() async throws {
    try await World.run { world in
      let id = try await world.connect()
      #expect(try await world.renew(id).failure == nil)
      let (before, begun) = (try world.head(id), try await world.begin(renewing: id))
      try await world.apply(.deleted, to: id)
      let tomb = try world.head(id)
      #expect(tomb.lifecycle == .deleted && tomb.customer == before.customer && tomb.connector == before.connector)
      #expect(tomb.currentVersion == nil && tomb.actor == nil && tomb.accountLabel == nil && tomb.tenant == nil)
      #expect(tomb.lastVersion == before.lastVersion && tomb.grantNumber == before.grantNumber + 1)
      #expect(try world.credentials(id).isEmpty && world.schedule(id) == nil)
      #expect(try world.attempt(begun.attempt)?.reason == "deleted")
      #expect(try world.events(id).suffix(2) == [.renewalFailed, .deleted])
      _ = try await world.assembly.revocations.run()
      #expect(try world.leftovers() == [])
      #expect(try await world.assembly.inspection.verify().vault.isSound)
    }
  }

  @Test func nothingIsHadOfItAgain() async throws {
    try await World.run { world in
      let id = try await world.connect()
      try await world.apply(.deleted, to: id)
      let tomb = try world.snapshot(id)
      #expect(try await world.serve(id) == .unavailable(.deleted))
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.begin(renewing: id) }
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.assembly.attempts.begin(renewing: id) }
      await #expect(throws: ConnectRefusal.deleted) { try await world.put(["access_token": "t"], integration: id) }
      for event in [IntegrationEvent.suspended, .resumed, .importDone, .disconnected] {
        await #expect(throws: ConnectRefusal.deleted) { try await world.apply(event, to: id) }
      }
      #expect(try await world.refresh(id, .forced(seen: 1)) == .notRefreshable)
      try await world.apply(.deleted, to: id)
      #expect(try world.snapshot(id) == tomb && world.count(.deleted, of: id) == 1)
    }
  }

  @Test func takesACustomerWithAllHeHas() async throws {
    try await World.run { world in
      let (first, second) = try await (world.connect(), world.connect(as: "bob"))
      let other = try await world.connect(customer: "customer_2")
      let verbs = world.assembly.integrations
      #expect(try await verbs.delete(customer: World.customer, workspace: world.workspace, by: .commandLine) == 2)
      #expect(try world.state(first) == .deleted && world.state(second) == .deleted && world.state(other) == .ready)
      #expect(try await verbs.delete(customer: World.customer, workspace: world.workspace, by: .commandLine) == 0)
      for (customer, workspace) in [("nobody", world.workspace), ("customer_2", UUID())] {
        await #expect(throws: CustodyError.notFound) {
          _ = try await verbs.delete(customer: customer, workspace: workspace, by: .commandLine)
        }
      }
      #expect(try world.assembly.directory.customers(workspace: world.workspace).map(\.customer) == ["customer_2"])
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 2]))
      #expect(try await world.serve(other).token != nil)
    }
  }

  @Test func whatIsNotTheirsIsNotThere() async throws {
    try await World.run { world in
      let id = try await world.connect()
      for (integration, workspace) in [(UUID(), world.workspace), (id, UUID())] {
        for event in [IntegrationEvent.deleted, .disconnected] {
          await #expect(throws: CustodyError.notFound) {
            _ = try await world.assembly.integrations.apply(event, to: integration, workspace: workspace, by: .commandLine)
          }
        }
      }
      #expect(try world.state(id) == .ready)
    }
  }

  /// The refresh was at the provider when the integration ended: what it brings is told there, and kept nowhere.
  @Test(arguments: [IntegrationEvent.disconnected, .deleted])
  func aLateRefreshIsRevokedAndShredded(_ event: IntegrationEvent) async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      world.gate.set(.hold)
      async let late = world.refresh(id)
      try await world.gate.arrived(2)
      try await world.apply(event, to: id)
      world.gate.open()
      #expect(try await late == .notRefreshable)
      #expect(try world.refreshAttempts(id).map(\.state) == [.discarded])
      #expect(try world.credentials(id).count == (event == .deleted ? 0 : 1))
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 2]))
      #expect(try await world.provider.livingGrants() == 0)
      #expect(try world.leftovers() == [] && world.schedule(id)?.claimOwner == nil)
      if event == .deleted { #expect(try world.schedule(id) == nil) }
    }
  }

  /// As above, and the process died when the reply had landed. Nobody refreshes that integration again.
  @Test(arguments: [IntegrationEvent.disconnected, .deleted])
  func aReplyThatADeadProcessLeftIsRevokedAndShredded(_ event: IntegrationEvent) async throws {
    try await World.run { world in
      let id = try await world.connect()
      try world.advanceToRefresh(id)
      let refresher = world.assembly.refresher
      guard case .send(let flight) = try await refresher.begin(id, workspace: world.workspace, trigger: .due) else {
        throw WaitedTooLong(what: "an intent")
      }
      let fields = try world.custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
      guard let token = fields.secret("refresh_token") else { throw WaitedTooLong(what: "a refresh token") }
      let reply = try await refresher.endpoints.refresh(
        provider: flight.connection.provider, client: try flight.client.open(with: world.custodian), refreshToken: token)
      try await world.apply(event, to: id)
      _ = try await refresher.land(flight, reply, slot: try refresher.spool.reserve())
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
      #expect(try world.refreshAttempts(id).map(\.state) == [.landed], "its process is there, and may be at it")
      try await world.killClaimHolder(id)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 1]))
      #expect(try world.refreshAttempts(id).map(\.state) == [.discarded])
      #expect(try await world.provider.livingGrants() == 0)
      #expect(try world.leftovers() == [])
    }
  }

  /// The customer came back from the provider a moment too late.
  @Test func aLateExchangeIsRevoked() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(renewing: id))
      world.gate.set(.hold)
      async let late = browser.callback(query)
      try await world.gate.arrived(2)
      try await world.apply(.deleted, to: id)
      world.gate.open()
      #expect(try await late.failure == .superseded)
      #expect(try await world.assembly.revocations.run() == RevocationSummary(ended: [.revoked: 2]))
      #expect(try await world.provider.livingGrants() == 0)
      #expect(try world.leftovers() == [] && world.credentials(id).isEmpty)
    }
  }

  @Test func aCredentialThatDoesNotOpenHoldsUpNobody() async throws {
    try await World.run { world in
      let id = try await world.connect()
      var row = try world.credentials(id)[0]
      row.sealed = SealedValue(generation: row.sealed.generation, header: row.sealed.header, payload: [0])
      let broken = row
      try await world.file.write(.normal) { try $0.update(broken) }
      try await world.apply(.deleted, to: id)
      #expect(try world.state(id) == .deleted && world.credentials(id).isEmpty)
    }
  }
}
