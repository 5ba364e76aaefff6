import Foundation
import Testing

@testable import Sandbox

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The real server on a free port of loopback, spoken to over HTTP. Every wait ends by itself.
@Suite("Server", .timeLimit(.minutes(1)))
struct ServerTests {
  @Test("a person allows, the client exchanges, asks who it is, refreshes, revokes")
  func wholeFlow() async throws {
    try await withVisitor { visitor in
      let tokens = try await visitor.connect(as: "bob")
      #expect(try await visitor.whoami(tokens)["sub"] == "bob")
      let next = try await visitor.refresh(tokens)
      #expect(next.status == 200)
      _ = try await visitor.post("/revoke", ["token": next["refresh_token"]], authenticated: true)
      #expect(try await visitor.whoami(next).status == 401)
      #expect(try await visitor.ask("/key/whoami", headers: ["X-Api-Key": "sandbox-key-carol"])["tenant"] == "globex")
    }
  }

  @Test("a lost reply rotates all the same")
  func lostReply() async throws {
    try await withVisitor { visitor in
      let tokens = try await visitor.connect(as: "alice")
      try await visitor.turn(#"{"lose_reply":true,"count":1}"#)
      await #expect(throws: URLError.self) { try await visitor.refresh(tokens) }
      let again = try await visitor.refresh(tokens)
      #expect(again.status == 400)
      #expect(again["error"] == "invalid_grant")
      #expect(try await visitor.ask("/statistics")["refreshes_of_dead_tokens"] == "1")
    }
  }

  @Test("a slow answer blocks nobody else, and cancelling the server ends it")
  func slow() async throws {
    try await withVisitor { visitor in
      let tokens = try await visitor.connect(as: "alice")
      try await visitor.turn(#"{"slow_token_ms":600000}"#)
      async let stuck = try? visitor.refresh(tokens)
      let deadline = ContinuousClock.now + .seconds(10)
      while try await visitor.ask("/statistics")["requests_in_flight"] != "1", .now < deadline { await Task.yield() }
      #expect(try await visitor.ask("/statistics")["requests_in_flight"] == "1")
      #expect(try await visitor.ask("/livez").status == 200)
      visitor.stop()
      #expect(await stuck?.status != 200)
    }
  }

  @Test(
    "faults of the token endpoint",
    arguments: [
      (#"{"fail_token":503}"#, 503, "server_error"), (#"{"rate_limited":7}"#, 429, "rate_limited"),
      (#"{"ok_with_error":true}"#, 200, "invalid_auth"), (#"{"html_body":true}"#, 200, nil),
    ])
  func faults(json: String, status: Int, error: String?) async throws {
    try await withVisitor { visitor in
      let tokens = try await visitor.connect(as: "alice")
      try await visitor.turn(json)
      let reply = try await visitor.refresh(tokens)
      #expect(reply.status == status)
      #expect(reply["error"] == error)
      try await visitor.turn(#"{"fail_token":0,"rate_limited":0,"ok_with_error":false,"html_body":false}"#)
      #expect(try await visitor.refresh(tokens).status == 200)
    }
  }

  @Test("pages and provider files name the bound address")
  func pages() async throws {
    try await withVisitor { visitor in
      _ = try await visitor.connect(as: "alice")
      let home = try await visitor.ask("/")
      #expect(home.text.contains("grant-1"))
      for path in ["/provider.yaml", "/provider-key.yaml"] {
        #expect(try await visitor.ask(path).text.contains("url: \(visitor.baseURL)/"))
      }
      let consent = try await visitor.ask("/authorize?" + Visitor.authorization(redirectURI: "https://a.example/"))
      #expect(consent.text.contains(#"id="allow""#) && consent.text.contains(#"id="deny""#))
      #expect(try await visitor.post("/grants/grant-1/revoke", [:])["grants"] == "1")
      #expect(try await visitor.post("/grants/grant-7/revoke", [:]).status == 404)
    }
  }
}

/// Runs a server around `body` and stops it after.
private func withVisitor(_ body: @escaping @Sendable (Visitor) async throws -> Void) async throws {
  let (addresses, announce) = AsyncStream.makeStream(of: String.self)
  let running = Task {
    defer { announce.finish() }
    try await SandboxServer(options: SandboxOptions()).run { announce.yield($0) }
  }
  defer { running.cancel() }
  let baseURL = try #require(await addresses.first { _ in true })
  try await body(Visitor(baseURL: baseURL) { running.cancel() })
  running.cancel()
  try await running.value
}
