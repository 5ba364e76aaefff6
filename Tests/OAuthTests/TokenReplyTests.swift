import Catalogue
import Sealing
import Testing

@testable import OAuth

/// A token reply in copyable words.
struct Read: Equatable {
  var access: String?
  var refresh: String?
  var expiresIn: Duration?
  var scope: String?
  var type: String?
  var refusal: TokenRefusal?

  init(_ body: String, status: Int = 200, retryAfter: String? = nil, provider: Provider = Fixture.plain) {
    self.init(bytes: Array(body.utf8), status: status, retryAfter: retryAfter, provider: provider)
  }

  init(bytes: [UInt8], status: Int = 200, retryAfter: String? = nil, provider: Provider = Fixture.plain) {
    switch TokenReply.parse(provider: provider, status: status, retryAfter: retryAfter, body: Secret(copying: bytes)) {
    case .granted(let grant):
      access = grant.accessToken.text
      switch grant.refreshToken {
      case .some(let token): refresh = token.text
      case .none: break
      }
      (expiresIn, scope, type) = (grant.expiresIn, grant.scope, grant.tokenType)
    case .refused(let refusal): self.refusal = refusal
    }
  }
}

@Suite("token replies")
struct TokenReplyTests {
  @Test("a grant, whole")
  func whole() {
    let read = Read(
      #"{"access_token":"a.b\/c\u002d","token_type":"bearer","expires_in":3600,"refresh_token":"r","scope":"x y"}"#)
    #expect(read.access == "a.b/c-")
    #expect(read.refresh == "r")
    #expect(read.expiresIn == .seconds(3600))
    #expect(read.scope == "x y")
    #expect(read.type == "bearer")
    #expect(read.refusal == nil)
  }

  @Test("a grant with the least")
  func least() {
    let read = Read(#"{"access_token":"a"}"#)
    #expect(read.access == "a")
    #expect(read.refresh == nil && read.expiresIn == nil && read.scope == nil)
    #expect(read.type == "Bearer")
  }

  @Test("an empty refresh token is none, and so is null", arguments: [#""""#, "null"])
  func noRefreshToken(value: String) {
    #expect(Read(#"{"access_token":"a","refresh_token":\#(value)}"#).refresh == nil)
  }

  @Test(
    "lifetimes",
    arguments: [
      ("60", 60), (#""60""#, 60), ("60.9", 60), ("6e1", 60), ("0", nil), ("-5", nil), ("1e30", nil), (#""soon""#, nil),
      ("null", nil), ("true", nil), ("315360001", nil), (#""nan""#, nil),
    ] as [(String, Int?)])
  func lifetimes(value: String, seconds: Int?) {
    #expect(Read(#"{"access_token":"a","expires_in":\#(value)}"#).expiresIn == seconds.map { .seconds($0) })
  }

  @Test(
    "tokens that cannot be one",
    arguments: [#""""#, #"" \r\n""#, #""a\nb""#, "\"a\nb\"", #""ü""#, #""a\'b""#, #""a\ud800""#, "7", "null", "{}", "nil"])
  func impossible(value: String) {
    #expect(Read(#"{"access_token":\#(value)}"#).refusal == .transient(retryAfter: nil, .unusable))
    #expect(Read(#"{"access_token":\#(value),"error":"invalid_grant"}"#).refusal == .terminal(.invalidGrant))
  }

  @Test("a nested token, where the catalogue says so")
  func nested() {
    let provider = Fixture.oauth(token: ", reply: {access_token: /authed_user/access_token}", extra: "")
    #expect(Read(#"{"access_token":"bot","authed_user":{"access_token":"user"}}"#, provider: provider).access == "user")
  }

  @Test("an empty error beside a token means nothing")
  func emptyError() { #expect(Read(#"{"access_token":"a","error":""}"#).access == "a") }

  @Test(
    "unreadable bodies are transient; with a success, the token may have been used",
    arguments: ["", " ", "a=b&x=y", "[]", "null", #"{"access_token":"a""#, "\u{1F}\u{8B}", "ok"])
  func unreadable(body: String) {
    for status in [200, 201, 204] { #expect(Read(body, status: status).refusal == .transient(retryAfter: nil, .unusable)) }
    for status in [400, 404] { #expect(Read(body, status: status).refusal == .transient(retryAfter: nil, .unparsable)) }
  }

  @Test("a page says nothing about a token", arguments: ["<html><body>502</body></html>", "\u{FEFF}\n <!DOCTYPE html>"])
  func page(body: String) {
    for status in [200, 400] { #expect(Read(body, status: status).refusal == .transient(retryAfter: nil, .unparsable)) }
  }

  @Test("a success without a token and without a reason", arguments: ["{}", #"{"error":""}"#, #"{"error":null}"#])
  func nothing(body: String) {
    #expect(Read(body).refusal == .transient(retryAfter: nil, .unusable))
    #expect(Read(body, status: 400).refusal == .transient(retryAfter: nil, .unrecognised))
  }

  @Test("a key that comes twice: the last one stands, whole or not at all")
  func twice() {
    #expect(Read(#"{"access_token":"a","access_token":"b","refresh_token":"r","refresh_token":"s"}"#).refresh == "s")
    #expect(Read(#"{"access_token":"a","access_token":null}"#).refusal == .transient(retryAfter: nil, .unusable))
  }

  @Test("nothing that a provider writes comes out as a code")
  func closedVocabulary() {
    let refusal = Read(#"{"error":"<script>","error_description":"customer 4711"}"#, status: 400).refusal
    #expect(refusal == .transient(retryAfter: nil, .unrecognised))
    #expect(refusal?.code == "unrecognised")
  }
}

@Suite("the refusal table")
struct RefusalTests {
  private func refusal(_ error: String, _ status: Int = 400) -> TokenRefusal? {
    Read(#"{"error":"\#(error)"}"#, status: status).refusal
  }

  @Test("429 waits as long as it was told")
  func rateLimited() {
    #expect(Read("", status: 429, retryAfter: "30").refusal == .transient(retryAfter: .seconds(30), .rateLimited))
    #expect(
      Read("", status: 429, retryAfter: "999999").refusal == .transient(retryAfter: .seconds(86_400), .rateLimited))
    for odd in ["-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
      #expect(Read("", status: 429, retryAfter: odd).refusal == .transient(retryAfter: nil, .rateLimited))
    }
  }

  @Test("5xx is the provider's trouble, whatever its body says", arguments: [500, 501, 521, 599])
  func serverErrors(status: Int) {
    #expect(refusal("invalid_grant", status) == .transient(retryAfter: nil, .serverError))
  }

  @Test("a gateway's answer is its own, whatever its body says", arguments: [502, 504, 520, 524])
  func gateways(status: Int) {
    #expect(refusal("invalid_grant", status) == .transient(retryAfter: nil, .gateway))
    #expect(Read(#"{"access_token":"a"}"#, status: status, retryAfter: "7").refusal
      == .transient(retryAfter: .seconds(7), .gateway))
  }

  @Test("503 is temporary")
  func unavailable() {
    #expect(
      Read("", status: 503, retryAfter: "5").refusal == .transient(retryAfter: .seconds(5), .temporarilyUnavailable))
  }

  @Test("redirects are no replies", arguments: [301, 302, 304, 307])
  func redirects(status: Int) {
    #expect(Read(#"{"access_token":"a"}"#, status: status).refusal == .transient(retryAfter: nil, .unexpectedStatus))
  }

  @Test("temporarily_unavailable")
  func temporary() {
    #expect(refusal("temporarily_unavailable") == .transient(retryAfter: nil, .temporarilyUnavailable))
  }

  @Test("a token with a 4xx is no grant")
  func tokenWithError() {
    let read = Read(#"{"access_token":"a","error":"invalid_grant"}"#, status: 400)
    #expect(read.refusal == .terminal(.invalidGrant))
  }

  @Test(
    "the grant is gone",
    arguments: ["invalid_grant", "bad_refresh_token", "token_revoked", "invalid_auth", "INVALID_GRANT"])
  func terminal(error: String) throws {
    #expect(refusal(error) == .terminal(try #require(RefusalCode(rawValue: error.lowercased()))))
  }

  @Test(
    "our client is refused",
    arguments: ["invalid_client", "unauthorized_client", "invalid_scope", "redirect_uri_mismatch"])
  func connector(error: String) throws {
    #expect(refusal(error, 401) == .connector(try #require(RefusalCode(rawValue: error))))
  }

  @Test(
    "spellings of one code",
    arguments: [
      "invalid_grant ", " invalid_grant\\r\\n", "invalid grant", "invalid-grant", "Invalid_Grant", "invalidGrant",
      "InvalidGrant", "INVALID GRANT", "invalid-Grant",
    ])
  func spellings(error: String) {
    #expect(refusal(error) == .terminal(.invalidGrant))
    #expect(Read(#"{"ERROR":"\#(error)"}"#, status: 400).refusal == .terminal(.invalidGrant))
    #expect(Read(#"{"errors":["Bad Request","\#(error)"]}"#, status: 400).refusal == .terminal(.invalidGrant))
  }

  @Test("each code in capitals, in words and joined is that code, and no other", arguments: RefusalCode.allCases)
  func spelled(code: RefusalCode) {
    for word in [
      code.rawValue, code.rawValue.uppercased(), code.rawValue.replacing("_", with: " "),
      code.rawValue.replacing("_", with: "-"), code.rawValue.replacing("_", with: ""), " \(code.rawValue)\n",
    ] { #expect(RefusalCode(spelled: word.utf8) == code) }
    #expect(RefusalCode(spelled: (code.rawValue + "x").utf8) != code)
    #expect(RefusalCode(spelled: code.rawValue.utf8.dropLast()) != code)
  }

  @Test(
    "a body of text that is a code, and nothing else",
    arguments: [
      ("invalid_grant", .terminal(.invalidGrant)), ("Invalid Grant\r\n", .terminal(.invalidGrant)),
      (#""invalid_client""#, .connector(.invalidClient)),
      ("the invalid_grant", .transient(retryAfter: nil, .unparsable)),
      ("invalid_grant: expired", .transient(retryAfter: nil, .unparsable)),
      ("invalid_request", .transient(retryAfter: nil, .unparsable)),
    ] as [(String, TokenRefusal)])
  func text(body: String, refusal: TokenRefusal) { #expect(Read(body, status: 400).refusal == refusal) }

  @Test(
    "what is not known blames nobody",
    arguments: ["invalid_request", "something_new", "", "invalid_grants", "in valid.grant", "invalid_grant!", "_"])
  func unknown(error: String) { #expect(refusal(error) == .transient(retryAfter: nil, .unrecognised)) }

  @Test(
    "Entra ID: the number in the description decides",
    arguments: [
      ("invalid_grant", "AADSTS70008: The refresh token has expired", .terminal(.entraRefreshTokenExpired)),
      ("invalid_grant", "AADSTS700082: inactivity", .terminal(.entraRefreshTokenInactive)),
      ("invalid_grant", "AADSTS50173: fresh auth token needed", .terminal(.entraGrantExpiredByPasswordChange)),
      ("interaction_required", "AADSTS50076: MFA", .terminal(.entraStrongAuthenticationNeeded)),
      ("invalid_client", "AADSTS7000222: expired secret", .connector(.entraClientSecretExpired)),
      ("invalid_grant", "AADSTS90033: transient", .transient(retryAfter: nil, .temporarilyUnavailable)),
      ("invalid_grant", "AADSTS1: unheard of", .terminal(.invalidGrant)),
      ("invalid_grant", "see AADSTS7000222", .terminal(.invalidGrant)),
      ("nothing", "AADSTS", .transient(retryAfter: nil, .unrecognised)),
    ] as [(String, String, TokenRefusal)])
  func entra(error: String, description: String, refusal: TokenRefusal) {
    #expect(Read(#"{"error":"\#(error)","error_description":"\#(description)"}"#, status: 400).refusal == refusal)
  }

  @Test("GitHub: an error inside a 200")
  func gitHub() {
    #expect(refusal("bad_refresh_token", 200) == .terminal(.badRefreshToken))
    #expect(refusal("incorrect_client_credentials", 200) == .connector(.incorrectClientCredentials))
  }

  @Test("Slack: ok decides")
  func slack() {
    func read(_ body: String) -> Read { Read(body, provider: Fixture.slack) }
    #expect(read(#"{"ok":true,"access_token":"x"}"#).access == "x")
    #expect(read(#"{"ok":false,"error":"token_revoked"}"#).refusal == .terminal(.tokenRevoked))
    #expect(read(#"{"ok":false,"error":"invalid_auth"}"#).refusal == .terminal(.invalidAuth))
    #expect(read(#"{"ok":false,"error":"ratelimited"}"#).refusal == .transient(retryAfter: nil, .rateLimited))
    #expect(read(#"{"ok":false,"access_token":"x"}"#).refusal == .transient(retryAfter: nil, .unrecognised))
    #expect(read(#"{"access_token":"x"}"#).refusal == .transient(retryAfter: nil, .unrecognised))
  }

  @Test("every code has one class and a word", arguments: RefusalCode.allCases)
  func codes(code: RefusalCode) { #expect(!code.refusal.code.isEmpty) }
}
