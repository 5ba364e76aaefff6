import Foundation

@testable import Sandbox

/// A ledger with a clock that moves when told to, and one client that keeps its last tokens.
struct Fixture {
  static let verifier = String(repeating: "v", count: 43)
  static let redirectURI = "http://127.0.0.1:9/back"

  var ledger = Ledger(defaults: Switches(accessTokenLifetime: 60))
  var now = Date(timeIntervalSince1970: 1_000_000)

  static func fields(_ changes: [String: String?] = [:]) -> FormFields {
    var fields: [String: String?] = [
      "response_type": "code", "client_id": "sandbox-client", "redirect_uri": redirectURI, "scope": "read write",
      "state": "s1", "code_challenge": CodeChallenge(of: verifier).text, "code_challenge_method": "S256",
    ]
    fields.merge(changes) { $1 }
    let pairs = fields.compactMap { name, value in value.map { "\(name)=\($0)" } }
    return FormFields(parsing: pairs.joined(separator: "&"))
  }

  static let client = Client(id: "sandbox-client", secret: "sandbox-secret", redirectURIs: [])

  mutating func authorize(as account: Account = .alice) throws -> String {
    let request = try AuthorizationRequest(Self.fields(), client: Self.client)
    return ledger.authorize(request, as: account, now: now)
  }

  mutating func redeem(
    _ code: String, redirectURI: String = Self.redirectURI, verifier: String = Self.verifier
  ) throws(TokenRefusal) -> IssuedTokens {
    try ledger.redeem(
      code: code, redirectURI: redirectURI, verifier: verifier, faults: ledger.beginTokenRequest(), now: now)
  }

  mutating func refresh(_ token: String?, scopes: [String]? = nil) throws(TokenRefusal) -> IssuedTokens {
    try ledger.refresh(token ?? "none", scopes: scopes, faults: ledger.beginTokenRequest(), now: now)
  }

  /// The first tokens of a fresh grant.
  mutating func connect(as account: Account = .alice) throws -> IssuedTokens {
    try redeem(authorize(as: account))
  }

  func account(_ tokens: IssuedTokens) -> Account? {
    ledger.account(ofAccessToken: tokens.accessToken, now: now)
  }

  /// The error code that `body` is refused with, or nil when it is not.
  mutating func refusal(_ body: (inout Fixture) throws(TokenRefusal) -> IssuedTokens) -> String? {
    do throws(TokenRefusal) {
      _ = try body(&self)
      return nil
    } catch {
      return error.error
    }
  }
}
