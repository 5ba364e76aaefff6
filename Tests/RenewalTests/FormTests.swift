import Custody
import Foundation
import Renewal
import Sealing
import Storage
import TestKit
import Testing

/// API keys, through the hosted form.
struct FormTests {
  private func submit(
    _ key: String, to begun: BegunAttempt, in world: World, by browser: Browser, isConsented: Bool = true
  ) async throws -> FormOutcome {
    var fields = CredentialFieldsWriter()
    fields.add("api_key", Secret(copying: Array(key.utf8)))
    let visit = try await browser.visit(begun)
    return try await world.assembly.attempts.submit(
      fields.finish(),
      AttemptSubmission(
        ticket: begun.ticket, cookie: browser.cookie, formToken: visit.formToken, verifier: "",
        isConsented: isConsented))
  }

  @Test func aMistypedKeyMayBeCorrected() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-key", scopes: [])
      let (browser, begun) = (Browser(world), try await world.begin("sandbox-key"))
      guard case .tryAgain(.probeRefused) = try await submit("sandbox-key-alic", to: begun, in: world, by: browser)
      else {
        Issue.record("a wrong key was taken")
        return
      }
      try await world.provider.turn(#"{"fail_whoami": 500, "count": 1}"#)
      guard case .tryAgain(.probeFailed) = try await submit("sandbox-key-alice", to: begun, in: world, by: browser)
      else {
        Issue.record("a key was taken that nobody vouched for")
        return
      }
      #expect(try world.state(begun.integration) == .pending && world.credentials(begun.integration).isEmpty)
      guard case .ended(let end) = try await submit("sandbox-key-alice", to: begun, in: world, by: browser) else {
        Issue.record("the right key was refused")
        return
      }
      #expect(end.failure == nil && end.attempt.state == .completed)
      #expect(try world.head(begun.integration).actor == "alice")
      #expect(try await world.field("api_key", of: begun.integration) == "sandbox-key-alice")
      #expect(try world.credentials(begun.integration)[0].expiresAt == nil)
      #expect(try world.schedule(begun.integration)?.refreshAt == nil)
    }
  }

  @Test func anotherAccountsKeyRepairsNothing() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-key", scopes: [])
      let (browser, begun) = (Browser(world), try await world.begin("sandbox-key"))
      _ = try await submit("sandbox-key-alice", to: begun, in: world, by: browser)
      let before = try world.snapshot(begun.integration)
      let renewal = try await world.begin("sandbox-key", renewing: begun.integration)
      guard case .ended(let end) = try await submit("sandbox-key-carol", to: renewal, in: world, by: browser) else {
        Issue.record("not ended")
        return
      }
      #expect(end.failure == .wrongAccount)
      #expect(try world.snapshot(begun.integration) == before)
    }
  }

  @Test func aFormNeedsItsClickToo() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-key", scopes: [])
      let begun = try await world.begin("sandbox-key")
      await #expect(throws: ConnectRefusal.notConsented) {
        _ = try await submit("sandbox-key-alice", to: begun, in: world, by: Browser(world), isConsented: false)
      }
    }
  }
}
