import Loopback
import Catalogue
import Exchange
import Foundation
import Logging
import Sealing
import Testing

@testable import OAuth

@Suite("requests to a provider", .timeLimit(.minutes(1)))
struct ProviderEndpointsTests {
  private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  /// Runs `body` against a server, and returns the one request that it saw.
  private func request(
    _ act: LoopbackServer.Act = LoopbackServer.json("{}"), token: String = "", extra: (String) -> String = { _ in "" },
    _ body: (ProviderEndpoints, Provider) async throws -> Void
  ) async throws -> String {
    let server = LoopbackServer(act)
    let base = "http://127.0.0.1:\(server.port)"
    let exchange = HTTPExchange(allowPrivateAddresses: true, logger: logger)
    try await body(ProviderEndpoints(exchange: exchange), Fixture.oauth(base: base, token: token, extra: extra(base)))
    await exchange.shutdown()
    #expect(server.connections == 1)
    return try #require(server.requests.first)
  }

  private func client() -> ClientCredentials { ClientCredentials(id: "id", secret: Secret("s:1")) }

  @Test("a code is exchanged with the client in the header")
  func codeWithBasic() async throws {
    let request = try await request { endpoints, provider in
      let reply = try await endpoints.exchangeCode(
        provider: provider, client: client(), code: Secret("c/1"), codeVerifier: Secret("v"),
        redirectURI: "https://vault.example.com/cb")
      #expect(reply.status == 200)
    }
    #expect(request.hasPrefix("POST /token HTTP/1.1"))
    #expect(request.contains("Accept: application/json\r\n"))
    #expect(request.contains("Content-Type: application/x-www-form-urlencoded\r\n"))
    #expect(request.contains("Authorization: Basic \(Data("id:s%3A1".utf8).base64EncodedString())\r\n"))
    #expect(
      request.hasSuffix(
        "\r\n\r\ngrant_type=authorization_code&code=c%2F1"
          + "&redirect_uri=https%3A%2F%2Fvault.example.com%2Fcb&code_verifier=v"))
  }

  @Test("a token is refreshed with the client in the body, and the catalogue's parameters")
  func refreshWithBody() async throws {
    let token = ", client_authentication: body, parameters: {audience: x}"
    let request = try await request(token: token) { endpoints, provider in
      _ = try await endpoints.refresh(provider: provider, client: client(), refreshToken: Secret("r+1"))
    }
    #expect(!request.contains("Authorization"))
    #expect(
      request.hasSuffix(
        "\r\n\r\ngrant_type=refresh_token&refresh_token=r%2B1&audience=x&client_id=id&client_secret=s%3A1"))
  }

  @Test("a public client names itself in the body")
  func publicClient() async throws {
    let request = try await request { endpoints, provider in
      let client = ClientCredentials(id: "id", secret: nil)
      _ = try await endpoints.refresh(provider: provider, client: client, refreshToken: Secret("r"))
    }
    #expect(!request.contains("Authorization"))
    #expect(request.hasSuffix("grant_type=refresh_token&refresh_token=r&client_id=id"))
  }

  @Test("a refresh may have an address of its own")
  func refreshURL() async throws {
    let request = try await request(extra: { "refresh: {class: N, url: \"\($0)/renew\"}" }) { endpoints, provider in
      _ = try await endpoints.refresh(provider: provider, client: client(), refreshToken: Secret("r"))
    }
    #expect(request.hasPrefix("POST /renew HTTP/1.1"))
  }

  @Test("revocation by form", arguments: [
    ("200 OK", RevocationReply.accepted), ("503 Busy", .unavailable(status: 503)),
    ("401 Unauthorized", .unavailable(status: 401)), ("400 Bad Request", .refused(status: 400)),
  ])
  func revoke(status: String, expected: RevocationReply) async throws {
    let act = LoopbackServer.json("{}", status: status)
    let request = try await request(act, extra: { "revocation: {url: \"\($0)/revoke\"}" }) { endpoints, provider in
      let result = try await endpoints.revoke(provider: provider, client: client(), token: Secret("t"))
      #expect(result == expected)
    }
    #expect(request.hasPrefix("POST /revoke HTTP/1.1"))
    #expect(request.hasSuffix("\r\n\r\ntoken=t"))
  }

  @Test("revocation by bearer")
  func revokeBearer() async throws {
    let request = try await request(extra: { "revocation: {url: \"\($0)/revoke\", style: bearer}" }) {
      endpoints, provider in
      let result = try await endpoints.revoke(provider: provider, client: client(), token: Secret("t"))
      #expect(result == .accepted)
    }
    #expect(request.contains("Authorization: Bearer t\r\n"))
  }

  @Test("a connection without its values has no URL, and nothing is sent")
  func missingInput() async throws {
    let provider = Fixture.provider(
      """
      slug: f
      name: F
      kind: oauth2
      authorization: {url: "https://a.example.com/"}
      token: {url: "https://${shop}.example.com/"}
      inputs: [{name: shop}]
      """)
    let exchange = HTTPExchange(allowPrivateAddresses: true, logger: logger)
    await #expect(throws: ExchangeFailure.notSent(.invalidURL)) {
      _ = try await ProviderEndpoints(exchange: exchange).refresh(
        provider: provider, client: client(), refreshToken: Secret("r"), parameters: ["shop": "evil.com/"]
      ).status
    }
    await exchange.shutdown()
  }

  // MARK: probes

  private func probed(_ act: LoopbackServer.Act, probe: String = "") async throws -> (ProbeResult, String) {
    var result = ProbeResult.unusable
    let extra = { (base: String) in "probe: {url: \"\(base)/me\", actor: /id, tenant: /org/id, label: /email\(probe)}" }
    let request = try await request(act, extra: extra) { endpoints, provider in
      result = await endpoints.probe(provider: provider, accessToken: Secret("t"))
    }
    return (result, request)
  }

  @Test("a probe tells whose token it is")
  func identity() async throws {
    let act = LoopbackServer.json(#"{"id":42,"org":{"id":"o"},"email":"alice@acme.example"}"#)
    let (result, request) = try await probed(
      act, probe: ", headers: {X-Version: \"2\", Accept: application/vnd.x+json}")
    let expected = try #require(AccountIdentity(actor: "42", tenant: "o", label: "alice@acme.example"))
    #expect(result == .identity(expected))
    #expect(request.hasPrefix("GET /me HTTP/1.1"))
    #expect(request.contains("Authorization: Bearer t\r\n"))
    #expect(request.contains("X-Version: 2\r\n"))
    #expect(request.contains("Accept: application/vnd.x+json\r\n"))
    #expect(!request.contains("application/json"))
  }

  @Test("refused, unavailable and unusable are three things")
  func otherwise() async throws {
    #expect(try await probed(LoopbackServer.json("{}", status: "401 Unauthorized")).0 == .refused(status: 401))
    #expect(try await probed(LoopbackServer.json("{}", status: "503 Busy")).0 == .unavailable(status: 503))
    #expect(try await probed(LoopbackServer.json("{}", status: "429 Slow")).0 == .unavailable(status: 429))
    #expect(try await probed(LoopbackServer.json("{}")).0 == .unusable)
    #expect(try await probed(LoopbackServer.json("<html>")).0 == .unusable)
    #expect(try await probed(.resetAfterRequest).0 == .unreachable(.uncertain(.connectionLost)))
    let rule = #", success: {pointer: /ok, equals: "true"}"#
    #expect(try await probed(LoopbackServer.json(#"{"ok":false}"#), probe: rule).0 == .refused(status: 200))
  }

  @Test("a form's credential travels in the provider's header")
  func formHeaders() {
    var key = FieldSet()
    key.set("api_key", Secret("k1"))
    let keyed = Fixture.provider(
      "{slug: k, name: K, kind: api_key, header: {name: X-Key, format: \"Token ${api_key}\"}}")
    #expect(header(keyed, key) == "X-Key: Token k1")
    #expect(header(keyed, FieldSet()) == nil)

    var pair = FieldSet()
    pair.set("username", Secret("ann"))
    pair.set("password", Secret("p:w"))
    let basic = Fixture.provider("{slug: b, name: B, kind: basic}")
    #expect(header(basic, pair) == "Authorization: Basic \(Data("ann:p:w".utf8).base64EncodedString())")

    key.set("api_key", Secret("k\r\nHost: evil.example"))
    #expect(header(keyed, key) == nil)
  }

  private func header(_ provider: Provider, _ fields: borrowing FieldSet) -> String? {
    switch ProviderEndpoints.header(of: provider, fields: fields) {
    case .some(let header): "\(header.name): \(header.value.text)"
    case .none: nil
    }
  }
}

@Suite("authorization URLs")
struct AuthorizationURLTests {
  private func provider(pkce: String = "required") -> Provider {
    Fixture.provider(
      """
      slug: f
      name: F
      kind: oauth2
      authorization:
        url: "https://${shop}.example.com/authorize?v=2"
        scope_separator: ","
        pkce: \(pkce)
        parameters: {prompt: consent, realm: "${shop}"}
        scopes: [a, b]
      token: {url: "https://example.com/token"}
      inputs: [{name: shop}]
      """)
  }

  private func url(
    _ provider: Provider, scopes: [String] = [], challenge: String? = "CH", overrides: [String: String?] = [:]
  ) throws(AuthorizationURLError) -> String {
    try ProviderEndpoints.authorizationURL(
      provider: provider, clientID: "c d", redirectURI: "https://vault.example.com/cb?x=1", scopes: scopes, state: "st",
      codeChallenge: challenge, parameters: ["shop": "acme"], overrides: overrides)
  }

  @Test("everything in its place")
  func whole() throws {
    #expect(
      try url(provider()) == "https://acme.example.com/authorize?v=2&response_type=code&client_id=c%20d"
        + "&redirect_uri=https%3A%2F%2Fvault.example.com%2Fcb%3Fx%3D1&scope=a%2Cb&state=st&code_challenge=CH"
        + "&code_challenge_method=S256&prompt=consent&realm=acme")
  }

  @Test("named scopes replace the default ones")
  func scopes() throws { #expect(try url(provider(), scopes: ["x"]).contains("&scope=x&")) }

  @Test("overrides add, replace and leave out, but never reach what protects the flow")
  func overrides() throws {
    let text = try url(
      provider(),
      overrides: [
        "prompt": "none", "realm": nil, "hint": "é", "state": "mine", "redirect_uri": nil, "code_challenge": "x",
      ])
    #expect(text.contains("&prompt=none"))
    #expect(!text.contains("realm"))
    #expect(text.contains("&hint=%C3%A9"))
    #expect(text.contains("&state=st&") && !text.contains("mine"))
    #expect(text.contains("redirect_uri=https%3A") && text.contains("code_challenge=CH&"))
  }

  @Test("PKCE is required or left out, as the file says")
  func pkce() throws {
    #expect(throws: AuthorizationURLError.missingCodeChallenge) { try url(provider(), challenge: nil) }
    #expect(try !url(provider(pkce: "forbidden")).contains("code_challenge"))
  }

  @Test("what cannot be built is said")
  func faults() {
    let basic = Fixture.provider("{slug: b, name: B, kind: basic}")
    #expect(throws: AuthorizationURLError.notOAuth2) { try url(basic) }
    #expect(throws: AuthorizationURLError.input(.missingInput(name: "shop"))) {
      try ProviderEndpoints.authorizationURL(
        provider: provider(), clientID: "c", redirectURI: "r", state: "s", codeChallenge: "x")
    }
  }
}
