import Custody
import Events
import Foundation
import OAuth
import Renewal
import Sealing
import Storage
import TestKit
import Testing

/// What a renewal must never do, each attacked.
@Suite("a renewal never")
struct RenewalNeverTests {
  @Test("touches the old credential before the swap") func touchesTheOldOne() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (before, token) = (try world.snapshot(id), try await world.serve(id))
      let old = try world.credentials(id)[0]
      let (browser, begun) = (Browser(world), try await world.begin(renewing: id))
      #expect(try world.snapshot(id) == before)
      let query = try await browser.allow(begun)
      #expect(try world.snapshot(id) == before)
      world.gate.set(.hold)
      async let end = browser.callback(query)
      try await world.gate.arrived(2)
      #expect(try world.snapshot(id) == before)
      #expect(try await world.serve(id) == token)
      world.gate.open()
      #expect(try await end.failure == nil)
      #expect(try world.credentials(id)[0].values == old.values && world.credentials(id)[0].seal == old.seal)
    }
  }

  @Test("stores another account's credential under this id", arguments: IdentityPolicy.strictOnes)
  func storesAnotherAccount(_ policy: IdentityPolicy) async throws {
    try await World.run { world in
      try await world.addConnector("c", provider: "sandbox", policy: policy)
      let id = try await world.connect("c")
      #expect(try await world.renew(id, "c", as: "carol").failure == .wrongAccount)
      // The provider signs in somebody else than was chosen.
      try await world.provider.turn(#"{"wrong_account": "carol"}"#)
      #expect(try await world.renew(id, "c").failure == .wrongAccount)
      let link = try await world.assembly.attempts.begin(renewing: id)
      #expect(try await Browser(world).finish(link).failure == .wrongAccount)
      #expect(try world.credentials(id).count == 1 && world.head(id).actor == "alice")
      #expect(try world.leftovers() == [])
    }
  }

  @Test("creates a second integration instead") func createsASecond() async throws {
    try await World.run { world in
      let id = try await world.connect()
      _ = try await world.renew(id, as: "carol")
      _ = try await world.renew(id)
      for unknown in [UUID(), UUID()] { _ = try? await world.begin(renewing: unknown) }
      _ = try? await world.begin(customer: "mallory", renewing: id)
      #expect(try world.assembly.directory.entries(workspace: world.workspace, limit: 10).map(\.integration.integration) == [id])
    }
  }

  @Test("revokes the old grant blindly") func revokesTheOldGrant() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-whole")
      let id = try await world.connect("sandbox-whole")
      _ = try await world.renew(id, "sandbox-whole", as: "carol")
      #expect(try await world.renew(id, "sandbox-whole").failure == nil)
      #expect(try await world.assembly.revocations.run() == RevocationSummary())
      #expect(try await world.provider.count("revocations") == 0)
      let token = try #require(try await world.serve(id).token)
      #expect(try await !world.provider.isDead(token))
    }
  }

  @Test("takes the integration from anything but what the workspace authenticated") func takesItFromElsewhere() async throws {
    try await World.run { world in
      let (id, attempts) = (try await world.connect(), world.assembly.attempts)
      let before = try world.snapshot(id)
      await #expect(throws: ConnectRefusal.invalidParameter("integration_id")) {
        _ = try await attempts.begin(
          ConnectRequest(connector: "sandbox", secret: try world.secret(), parameters: ["integration_id": id.text]))
      }
      // A session for a first connect, changed into one for this integration.
      var draft = ConnectSessionDraft(workspace: world.workspace)
      (draft.connector, draft.customer) = ("sandbox", World.customer)
      let token = world.assembly.sessions.make(try world.assembly.sessions.open(draft)).token
      let bytes = try #require(Base64URL.decode(String(token.dropFirst(4))))
      let text = String(decoding: bytes.dropLast(32), as: UTF8.self)
        .replacing(#""customer""#, with: #""integration":"\#(id.uuidString)","customer""#)
      let forged = "rcs_" + Base64URL.encode(Array(text.utf8) + bytes.suffix(32))
      await #expect(throws: ConnectRefusal.secret(.malformed)) {
        _ = try await attempts.begin(ConnectRequest(connector: "sandbox", secret: forged))
      }
      // A token of another purpose.
      #expect(world.assembly.renewLink.integration(in: world.assembly.listenerToken.make(id)) == nil)
      #expect(try world.snapshot(id) == before)
    }
  }

  @Test("lets a query string change parameters, client or scopes") func obeysAQuery() async throws {
    try await World.run { world in
      try await world.addConnector("sandbox-shop")
      let attempts = world.assembly.attempts
      let first = try await attempts.begin(
        ConnectRequest(connector: "sandbox-shop", secret: try world.secret(), parameters: ["shop": "one"]))
      #expect(try await Browser(world).finish(first).failure == nil)
      let id = first.integration
      let again = try await attempts.begin(
        ConnectRequest(
          connector: "sandbox-shop", secret: try world.secret(renewing: id), parameters: ["shop": "two"]))
      let url = try await Browser(world).consent(again)
      #expect(url.contains("shop=one") && !url.contains("two"))
      #expect(try world.head(id).parameters == #"{"shop":"one"}"#)
      for name in ["scope", "client_id", "redirect_uri", "state_hash"] {
        await #expect(throws: ConnectRefusal.invalidParameter(name)) {
          _ = try await attempts.begin(
            ConnectRequest(
              connector: "sandbox-shop", secret: try world.secret(renewing: id), parameters: [name: "x"]))
        }
      }
    }
  }

  @Test("reveals whether an id exists elsewhere") func revealsAnId() async throws {
    try await World.run { world in
      try await world.addConnector("other", provider: "sandbox")
      let (id, stranger) = (try await world.connect(), UUID())
      try await world.assembly.workspaces.create(id: stranger, name: "Other", origins: [], by: .commandLine)
      try await world.addCertificate(.other, to: stranger)
      try await world.addConnector("sandbox", workspace: stranger)
      // Its state must not tell either.
      for event in [nil, IntegrationEvent.suspended, .deleted] {
        if let event { try await world.apply(event, to: id) }
        for known in [id, UUID()] {
          await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin(customer: "mallory", renewing: known) }
          await #expect(throws: ConnectRefusal.notFound) { _ = try await world.begin("other", renewing: known) }
          await #expect(throws: ConnectRefusal.notFound) {
            _ = try await world.begin(renewing: known, adding: ["workspace_id": stranger.text], by: .other)
          }
          var draft = ConnectSessionDraft(workspace: stranger)
          draft.integration = known
          #expect(throws: ConnectRefusal.notFound) { _ = try world.assembly.sessions.open(draft) }
        }
      }
    }
  }

  @Test("puts tokens, codes or the secret into events, the audit log or the file") func leavesTraces() async throws {
    try await World.run { world in
      let id = try await world.connect()
      let (browser, secret) = (Browser(world), try world.secret(renewing: id))
      let begun = try await world.assembly.attempts.begin(ConnectRequest(connector: "sandbox", secret: secret))
      let query = try await browser.allow(begun)
      #expect(try await browser.callback(query).failure == nil)
      var words = [secret, query.code ?? "", query.state, begun.ticket]
      for name in ["access_token", "refresh_token"] { words.append(try #require(try await world.field(name, of: id))) }
      let events = try world.custodian.view { try $0.events(workspace: world.workspace, after: 0, limit: 1000) }
      let told = events.map(\.payload) + (try world.audit().map(\.detail))
      for word in words where !word.isEmpty {
        #expect(!told.contains { $0.contains(word) })
        #expect(try !world.folder.databaseHolds(word))
      }
      #expect(try world.folder.databaseHolds(begun.listener), "what is not secret is found")
    }
  }
}

extension IdentityPolicy {
  static let strictOnes = [IdentityPolicy.sameActor, .sameTenant]
}
