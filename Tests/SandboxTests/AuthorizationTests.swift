import Testing

@testable import Sandbox

@Suite("Authorization requests")
struct AuthorizationTests {
  private func refusal(_ changes: [String: String?]) -> AuthorizationRequest.Refusal? {
    do throws(AuthorizationRequest.Refusal) {
      _ = try AuthorizationRequest(Fixture.fields(changes), client: Fixture.client)
      return nil
    } catch {
      return error
    }
  }

  @Test("a good request is understood")
  func good() throws {
    let request = try AuthorizationRequest(Fixture.fields(["scope": "a+b%20a"]), client: Fixture.client)
    #expect(request.scopes == ["a", "b"])
    #expect(request.state == "s1")
  }

  @Test(
    "a wrong client or address is shown, never redirected to",
    arguments: [
      ["client_id": "other"], ["client_id": nil], ["redirect_uri": nil], ["redirect_uri": "http://example.com/"],
      ["redirect_uri": "javascript:alert(1)"], ["redirect_uri": "https://a.example/%23fragment"],
      ["redirect_uri": "http://127.0.0.1@evil.example/"],
    ])
  func shown(changes: [String: String?]) {
    guard case .shown = refusal(changes) else {
      Issue.record("not shown: \(changes)")
      return
    }
  }

  @Test(
    "other faults are told to the client",
    arguments: [
      (["response_type": "token"], "unsupported_response_type"), (["code_challenge": nil], "invalid_request"),
      (["code_challenge_method": "plain"], "invalid_request"), (["code_challenge": "short"], "invalid_request"),
    ])
  func redirected(changes: [String: String?], error: String) throws {
    guard case .redirected(let reply) = refusal(changes) else {
      Issue.record("not redirected: \(changes)")
      return
    }
    let location = reply.location(issuer: "http://sandbox")
    #expect(location.hasPrefix("\(Fixture.redirectURI)?error=\(error)&"))
    #expect(location.hasSuffix("&state=s1&iss=http%3A%2F%2Fsandbox"))
  }

  @Test("a list of addresses is matched exactly")
  func registered() {
    let client = Client(id: "c", secret: "s", redirectURIs: ["http://vault:8082/callback"])
    #expect(client.accepts(redirectURI: "http://vault:8082/callback"))
    #expect(!client.accepts(redirectURI: "http://vault:8082/callback/"))
    #expect(!client.accepts(redirectURI: "http://127.0.0.1:8082/callback"))
  }

  @Test("the client authenticates by header or body, not both, and form-decoded")
  func authentication() {
    let client = Client(id: "a b", secret: "p:+", redirectURIs: [])
    func error(_ body: String, _ header: String?) -> String? {
      do throws(TokenRefusal) {
        try client.authenticate(FormFields(parsing: body), authorization: header)
        return nil
      } catch { return error.error }
    }
    let header = "Basic YStiOnAlM0ElMkI="  // a+b:p%3A%2B
    #expect(error("", header) == nil)
    #expect(error("client_id=a+b&client_secret=p:%2B", nil) == nil)
    #expect(error("client_secret=p:%2B", header) == "invalid_request")
    #expect(error("client_id=other", header) == "invalid_client")
    #expect(error("", "Basic YTpi") == "invalid_client")
    #expect(error("", nil) == "invalid_client")
  }

  @Test("markup from outside is escaped")
  func escaping() {
    let hostile = #"<script>"&'"#
    #expect(("<p>\(hostile)</p>" as HTML).text == "<p>&lt;script&gt;&quot;&amp;&#39;</p>")
  }
}
