import Custody
import Foundation
import OAuth
import Renewal
import Sealing
import Storage
import TestKit
import Testing

/// First connects.
struct ConnectTests {
  @Test func endsWithACredentialAndItsEvents() async throws {
    try await World.run { world in
      let begun = try await world.begin(adding: ["name": "Alice's"])
      #expect(try world.state(begun.integration) == .pending)
      let end = try await Browser(world).finish(begun)
      #expect(end.failure == nil && end.attempt.state == .completed && end.attempt.endedAt != nil)
      let head = try world.head(begun.integration)
      #expect(head.lifecycle == .ready && head.grantNumber == 1 && head.currentVersion == 1 && head.name == "Alice's")
      #expect(head.actor == "alice" && head.tenant == "acme" && head.accountLabel == "alice@acme.example")
      #expect(head.customer == World.customer && head.verifiedAt == world.time.now)
      #expect(try world.events(begun.integration) == [.pending, .ready, .importDone])
      #expect(try world.schedule(begun.integration)?.refreshAt == world.time.now + .seconds(27))
      #expect(try world.leftovers() == [])
      #expect(try await world.serve(begun.integration).version == 1)
      #expect(try await world.provider.count("code_exchanges") == 1)
      #expect(try world.audit().count { $0.action == "integration.connect" } == 1)
    }
  }

  @Test func anImportThatIsReportedIsDoneWhenItIs() async throws {
    try await World.run { world in
      try await world.addConnector("slow-import", provider: "sandbox", importPolicy: .reported)
      let id = try await world.connect("slow-import")
      #expect(try world.events(id) == [.pending, .ready])
      _ = try await world.assembly.integrations.apply(.importDone, to: id, workspace: world.workspace, by: .library)
      #expect(try world.events(id) == [.pending, .ready, .importDone])
    }
  }

  @Test func anAnswerIsTakenOnce() async throws {
    try await World.run { world in
      let browser = Browser(world)
      let begun = try await world.begin()
      let query = try await browser.allow(begun)
      #expect(try await browser.callback(query).failure == nil)
      let before = try world.snapshot(begun.integration)
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.callback(query) }
      await #expect(throws: ConnectRefusal.attemptUsed) { _ = try await browser.visit(begun) }
      #expect(try world.snapshot(begun.integration) == before)
      #expect(try await world.provider.count("codes_reused") == 0)
      #expect(world.gate.requests == 1)
    }
  }

  @Test func anAnswerBelongsToTheBrowserThatAsked() async throws {
    try await World.run { world in
      let (owner, thief) = (Browser(world), Browser(world))
      let begun = try await world.begin()
      let query = try await owner.allow(begun)
      await #expect(throws: ConnectRefusal.anotherBrowser) { _ = try await thief.callback(query) }
      await #expect(throws: ConnectRefusal.anotherBrowser) { _ = try await thief.visit(begun) }
      #expect(world.gate.requests == 0)
      // The thief has used nothing up.
      #expect(try await owner.callback(query).failure == nil)
    }
  }

  @Test func whoComesTooLateIsToldSo() async throws {
    try await World.run { world in
      let browser = Browser(world)
      let begun = try await world.begin()
      let query = try await browser.allow(begun)
      world.time.advance(.seconds(600))
      await #expect(throws: ConnectRefusal.attemptExpired) { _ = try await browser.callback(query) }
      #expect(world.gate.requests == 0)
      #expect(try await world.assembly.attempts.sweep() == 1)
      #expect(try await world.assembly.attempts.sweep() == 0)
      #expect(try world.attempt(begun.attempt)?.state == .expired)
      #expect(try world.events(begun.integration) == [.pending, .connectFailed])
      #expect(try world.leftovers() == [])
      await #expect(throws: ConnectRefusal.attemptExpired) { _ = try await browser.callback(query) }
    }
  }

  @Test func whatWasNeverConnectedIsForgottenAfterADay() async throws {
    try await World.run { world in
      let (gone, kept) = (try await world.begin().integration, try await world.connect(customer: "another"))
      world.time.advance(.seconds(24 * 3600 - 1))
      _ = try await world.assembly.attempts.sweep()
      #expect(try world.state(gone) == .pending)
      world.time.advance(.seconds(2))
      _ = try await world.assembly.attempts.sweep()
      #expect(throws: CustodyError.notFound) { _ = try world.head(gone) }
      #expect(try world.state(kept) == .ready)
      #expect(try world.audit().count { $0.action == "integration.purge" } == 1)
    }
  }

  @Test func inventedStatesAndTicketsAreUnknown() async throws {
    try await World.run { world in
      let browser = Browser(world)
      for state in ["", "x", Base64URL.encode([UInt8](repeating: 7, count: 32))] {
        await #expect(throws: ConnectRefusal.unknownAttempt) {
          _ = try await browser.callback(CallbackQuery(state: state, code: "c", error: nil, issuer: nil))
        }
        await #expect(throws: ConnectRefusal.unknownAttempt) {
          _ = try await world.assembly.attempts.visit(ticket: state) { _ in nil }
        }
      }
    }
  }

  @Test func goingBackAndAskingAgainLeavesOneStateAlive() async throws {
    try await World.run { world in
      let browser = Browser(world)
      let begun = try await world.begin()
      let first = try await browser.allow(begun)
      let second = try await browser.allow(begun)
      await #expect(throws: ConnectRefusal.unknownAttempt) { _ = try await browser.callback(first) }
      #expect(try await browser.callback(second).failure == nil)
    }
  }

  @Test(arguments: [
    ("access_denied", AttemptFailure.consentDenied), ("invalid_scope", .connectorMisconfigured),
    ("unauthorized_client", .connectorMisconfigured), ("temporarily_unavailable", .providerUnavailable),
    ("server_error", .providerUnavailable), ("invalid_request", .providerError), ("login_required", .providerError),
    ("what nobody knows\n", .providerError),
  ])
  func whyNoCodeCame(_ error: String, _ failure: AttemptFailure) async throws {
    try await World.run { world in
      let browser = Browser(world)
      let query = try await browser.allow(try await world.begin(), allow: false)
      let end = try await browser.callback(
        CallbackQuery(state: query.state, code: nil, error: error, issuer: query.issuer))
      #expect(end.failure == failure && end.attempt.reason == failure.rawValue)
    }
  }

  @Test(arguments: [
    (#"{"fail_token": 500}"#, AttemptFailure.providerUnavailable), (#"{"html_body": true}"#, .unusableReply),
    (#"{"lose_reply": true}"#, .exchangeFailed), (#"{"ok_with_error": true}"#, .exchangeRefused),
    (#"{"fail_whoami": 500}"#, .probeFailed), (#"{"fail_whoami": 401}"#, .probeRefused),
    (#"{"scope_limit": "read"}"#, .scopesMissing),
  ])
  func whatGoesWrongAtTheProviderLeavesItPending(_ fault: String, _ failure: AttemptFailure) async throws {
    try await World.run { world in
      try await world.provider.turn(fault)
      let begun = try await world.begin()
      let end = try await Browser(world).finish(begun)
      #expect(end.failure == failure && end.attempt.reason == failure.rawValue)
      #expect(try world.state(begun.integration) == .pending && world.credentials(begun.integration).isEmpty)
      #expect(try world.events(begun.integration) == [.pending, .connectFailed])
      #expect(try world.leftovers() == [])
      #expect(try await world.serve(begun.integration) == .unavailable(.pending))
    }
  }

  @Test func aWrongClientSecretIsTheConnectorsTrouble() async throws {
    try await World.run { world in
      try await world.addConnector("wrong", provider: "sandbox", clientSecret: "guessed")
      let end = try await Browser(world).finish(try await world.begin("wrong"))
      #expect(end.failure == .connectorMisconfigured)
    }
  }

  @Test func onlyTheWorkspaceItselfMayAsk() async throws {
    try await World.run { world in
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(by: .other) }
      await #expect(throws: ConnectRefusal.secret(.expired)) {
        _ = try await world.begin(adding: ["exp": world.time.now.milliseconds / 1000 - 61])
      }
      await #expect(throws: ConnectRefusal.secret(.noCertificate)) {
        _ = try await world.begin(adding: ["workspace_id": UUID().text])
      }
      await #expect(throws: ConnectRefusal.unknownConnector) { _ = try await world.begin("missing") }
      await #expect(throws: ConnectRefusal.originNotAllowed) {
        _ = try await world.begin(origin: "https://evil.example")
      }
      await #expect(throws: ConnectRefusal.invalidParameter("shop")) {
        _ = try await world.assembly.attempts.begin(
          ConnectRequest(connector: "sandbox", secret: try world.secret(), parameters: ["shop": "x"]))
      }
      _ = try await world.begin(adding: ["exp": world.time.now.milliseconds / 1000 + 5], origin: "https://app.example")
    }
  }

  @Test func anotherWorkspacesKeyOpensNothing() async throws {
    try await World.run { world in
      let other = UUID()
      try await world.assembly.workspaces.create(id: other, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: other)
      try await world.addConnector("sandbox", workspace: other)
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(by: .other) }
      _ = try await world.begin(adding: ["workspace_id": other.text], by: .other)
    }
  }

  @Test func aSecretWithANameOfItsOwnWorksOnce() async throws {
    try await World.run { world in
      // Two windows may be open; the first that completes has spent it.
      let one = try await world.begin(adding: ["jti": "j1"])
      let two = try await world.begin(adding: ["jti": "j1"])
      #expect(try await Browser(world).finish(one).failure == nil)
      let late = try await Browser(world).finish(two)
      #expect(late.failure == .secretSpent)
      #expect(try world.state(two.integration) == .pending && world.credentials(two.integration).isEmpty)
      await #expect(throws: ConnectRefusal.secretSpent) { _ = try await world.begin(adding: ["jti": "j1"]) }
      _ = try await world.begin(adding: ["jti": "j2"])
    }
  }

  @Test func theWindowLeavesOnlyWithTheOpenersWordOrAClick() async throws {
    try await World.run { world in
      let verifier = "the page's own verifier"
      let hash = Base64URL.encode(Digest.sha256(Array(verifier.utf8)))
      let mailed = try await world.begin()
      let browser = Browser(world)
      await #expect(throws: ConnectRefusal.notConsented) { _ = try await browser.consent(mailed, isConsented: false) }
      await #expect(throws: ConnectRefusal.notConsented) {
        _ = try await browser.consent(mailed, verifier: verifier, isConsented: false)
      }
      #expect(try world.attempt(mailed.attempt)?.state == .open)
      _ = try await browser.consent(mailed, isConsented: true)
      let opened = try await world.begin(verifierHash: hash, origin: "https://app.example")
      for wrong in ["", "guess", hash] {
        await #expect(throws: ConnectRefusal.notConsented) {
          _ = try await browser.consent(opened, verifier: wrong, isConsented: false)
        }
      }
      _ = try await browser.consent(opened, verifier: verifier, isConsented: false)
      #expect(try world.attempt(opened.attempt)?.state == .authorizing)
    }
  }

  @Test func aFormComesFromItsPage() async throws {
    try await World.run { world in
      let browser = Browser(world)
      let (one, two) = (try await world.begin(), try await world.begin())
      let (_, visit) = (try await browser.visit(one), try await browser.visit(two))
      for token in ["", visit.formToken] {
        await #expect(throws: ConnectRefusal.anotherBrowser) {
          _ = try await world.assembly.attempts.authorize(
            AttemptSubmission(
              ticket: one.ticket, cookie: browser.cookie, formToken: token, verifier: "", isConsented: true))
        }
      }
    }
  }

  /// `state` of `connect()` comes back with the events of its attempt, and with no other.
  @Test func whatThePageGaveAlongComesBack() async throws {
    try await World.run { world in
      let begun = try await world.assembly.attempts.begin(
        ConnectRequest(connector: "sandbox", secret: try world.secret(), state: "order \"7\""))
      #expect(try await Browser(world).finish(begun).failure == nil)
      _ = try await world.renew(begun.integration)
      let events = try world.custodian.view { try $0.events(integration: begun.integration, after: 0, limit: 100) }
      let states = events.map { (CanonicalJSON.value(from: $0.payload) as [String: String]?)?["client_state"] }
      #expect(states == [#"order "7""#, #"order "7""#, #"order "7""#, nil])
    }
  }
}
