import Foundation
import Renewal
import Storage
import TestKit
import Testing

/// Renewals that fail: the integration and its credential are what they were, to the byte.
struct RefusedRenewalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var policy = IdentityPolicy.sameTenant
    var fault = "{}"
    var account = "alice"
    var isAllowed = true
    var issuer: String?
    let failure: AttemptFailure
    var end = AttemptState.failed

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "consent denied", isAllowed: false, failure: .consentDenied),
    Case(name: "wrong issuer", issuer: "https://evil.example", failure: .issuerMismatch),
    Case(name: "exchange 500", fault: #"{"fail_token": 500}"#, failure: .providerUnavailable),
    Case(name: "exchange unanswered", fault: #"{"lose_reply": true}"#, failure: .exchangeFailed),
    Case(name: "exchange without sense", fault: #"{"html_body": true}"#, failure: .unusableReply),
    Case(name: "exchange refused under 200", fault: #"{"ok_with_error": true}"#, failure: .exchangeRefused),
    Case(name: "no refresh token", fault: #"{"omit_refresh_token": true}"#, failure: .noRefreshToken),
    Case(name: "probe 500", fault: #"{"fail_whoami": 500}"#, failure: .probeFailed),
    Case(name: "probe 401", fault: #"{"fail_whoami": 401}"#, failure: .probeRefused),
    Case(name: "scopes shrunk", fault: #"{"scope_limit": "read"}"#, failure: .scopesMissing),
    Case(name: "another tenant", account: "carol", failure: .wrongAccount, end: .mismatch),
    Case(
      name: "same tenant, other user, strict", policy: .sameActor, account: "bob", failure: .wrongAccount,
      end: .mismatch),
    Case(name: "another tenant, strict", policy: .sameActor, account: "carol", failure: .wrongAccount, end: .mismatch),
  ]

  @Test(arguments: cases) func leavesEverythingAsItWas(_ example: Case) async throws {
    try await World.run { world in
      try await world.addConnector("c", provider: "sandbox", policy: example.policy)
      let id = try await world.connect("c")
      let (before, schedule, token) = (try world.snapshot(id), try world.schedule(id), try await world.serve(id))
      try await world.provider.turn(example.fault)
      let (browser, begun) = (Browser(world), try await world.begin("c", renewing: id))
      var query = try await browser.allow(begun, as: example.account, allow: example.isAllowed)
      if let issuer = example.issuer {
        query = CallbackQuery(state: query.state, code: query.code, error: query.error, issuer: issuer)
      }
      let end = try await browser.callback(query)
      #expect(end.failure == example.failure)
      #expect(end.attempt.state == example.end && end.attempt.reason == example.failure.rawValue)
      #expect(try world.snapshot(id) == before)
      let after = try world.schedule(id)
      #expect(after?.refreshAt == schedule?.refreshAt && after?.failures == schedule?.failures)
      #expect(after?.claimOwner == nil)
      #expect(try world.events(id) == [.pending, .ready, .importDone, .renewalFailed])
      #expect(try world.leftovers() == [])
      #expect(try await world.serve(id) == token)
      try await world.provider.resetSwitches()
      // Nothing stands in the way of the next refresh, nor of the next renewal.
      #expect(try await world.refresh(id, .forced(seen: 1)) == .fresh(version: 2))
      #expect(try await world.renew(id, "c").failure == nil)
      #expect(try world.count(.renewed, of: id) == 1)
    }
  }

  @Test func aMismatchNamesBothAccountsMasked() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let end = try await world.renew(id, as: "carol")
      #expect(end.connectedAccount == "a…e@acme.example" && end.offeredAccount == "c…l@globex.example")
      #expect(end.attempt.offeredLabel == "c…l@globex.example")
      let events = try world.custodian.view { try $0.events(integration: id, after: 0, limit: 100) }
      #expect(events.allSatisfy { !$0.payload.contains("carol") && !$0.payload.contains("alice") })
    }
  }

  @Test func aClosedWindowChangesNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      try await world.assembly.attempts.cancel(listener: begun.listener)
      try await world.assembly.attempts.cancel(listener: begun.listener)
      #expect(try world.attempt(begun.attempt)?.state == .cancelled)
      #expect(try world.attempt(begun.attempt)?.reason == "window_closed")
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
      #expect(try world.snapshot(id) == before && world.count(.renewalFailed, of: id) == 1)
      #expect(try world.schedule(id)?.claimOwner == nil)
    }
  }

  @Test func closingTheWindowAfterTheEndChangesNothing() async throws {
    try await World.run { world in
      let begun = try await world.begin()
      _ = try await Browser(world).finish(begun)
      let (before, events) = (try world.snapshot(begun.integration), try world.events(begun.integration))
      try await world.assembly.attempts.cancel(listener: begun.listener)
      #expect(try world.attempt(begun.attempt)?.state == .completed)
      #expect(try world.snapshot(begun.integration) == before && world.events(begun.integration) == events)
    }
  }

  @Test func anExpiredRenewalChangesNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      world.time.advance(.seconds(601))
      await #expect(throws: ConnectRefusal.attemptExpired) { _ = try await browser.callback(query) }
      #expect(try world.schedule(id)?.claimOwner == nil)
      #expect(try await world.assembly.attempts.sweep() == 1)
      #expect(try world.snapshot(id) == before)
      #expect(try world.attempt(begun.attempt)?.state == .expired)
    }
  }

  /// The provider takes its time, and somebody has cleared up meanwhile.
  @Test func anAnswerAfterTheEndChangesNothing() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let before = try world.snapshot(id)
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      world.gate.set(.hold)
      async let late = browser.callback(query)
      try await world.gate.arrived(2)
      world.time.advance(.seconds(600))
      #expect(try await world.assembly.attempts.sweep() == 1)
      world.gate.open()
      #expect(try await late.failure != nil)
      #expect(try world.attempt(begun.attempt)?.state == .expired)
      #expect(try world.snapshot(id) == before && world.schedule(id)?.claimOwner == nil)
      #expect(try world.leftovers() == [])
    }
  }

  /// One answer for what is missing and for what is somebody else's.
  @Test func whatIsNotTheirsIsNotThere() async throws {
    try await World.run { world in
      try await world.addConnector("other", provider: "sandbox")
      let id = try await world.connect()
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(renewing: UUID()) }
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "mallory", renewing: id) }
      await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin("other", renewing: id) }
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(renewing: id, by: .other) }
      let stranger = UUID()
      try await world.assembly.workspaces.create(id: stranger, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: stranger)
      try await world.addConnector("sandbox", workspace: stranger)
      await #expect(throws: ConnectRefusal.notFound) {
        _ = try await world.begin(renewing: id, adding: ["workspace_id": stranger.text], by: .other)
      }
      #expect(try world.snapshot(id) == before && world.events(id) == [.pending, .ready, .importDone])
    }
  }

  @Test func suspendedAndDeletedOnesAreNotRenewed() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let verbs = world.assembly.integrations
      _ = try await verbs.apply(.suspended, to: id, workspace: world.workspace, by: .commandLine)
      await #expect(throws: ConnectRefusal.suspended) { _ = try await world.begin(renewing: id) }
      _ = try await verbs.apply(.resumed, to: id, workspace: world.workspace, by: .commandLine)
      _ = try await world.begin(renewing: id)
      _ = try await verbs.apply(.deleted, to: id, workspace: world.workspace, by: .commandLine)
      await #expect(throws: ConnectRefusal.deleted) { _ = try await world.begin(renewing: id) }
      #expect(try await world.serve(id) == .unavailable(.deleted))
    }
  }

  @Test func whatIsDeletedMeanwhileIsNotRenewedAndHoldsUpNobody() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      let query = try await browser.allow(begun)
      let pending = try await world.begin()
      _ = try await world.assembly.integrations.apply(.deleted, to: id, workspace: world.workspace, by: .commandLine)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
      #expect(try world.schedule(id) == nil)
      let second = try await world.begin()
      _ = try await world.assembly.integrations.apply(
        .deleted, to: second.integration, workspace: world.workspace, by: .commandLine)
      world.time.advance(.seconds(601))
      _ = try await world.assembly.attempts.sweep()
      #expect(try world.snapshot(id) == before && world.state(id) == .deleted)
      #expect(try world.attempt(pending.attempt)?.state == .expired)
      #expect(try world.attempt(second.attempt)?.state.isLive == false)
    }
  }
}
