import Foundation

/// What a person allowed a client once. Every token that descends from it dies with it: the token family.
struct Grant: Sendable {
  /// `grant-1`, `grant-2`, … for people to point at; no secret.
  let id: String
  let account: Account
  let issuedAt: Date
  /// The scopes that were allowed. One refresh may ask for fewer, which does not narrow the grant.
  let scopes: [String]
  var isRevoked = false
  /// Successful refreshes.
  var refreshes = 0
  /// The last refresh, or the authorization.
  var usedAt: Date
  /// When the newest access token ends.
  var accessExpiresAt: Date

  /// Access tokens issued so far, and how many of them were declared dead before their time. Two counters do for
  /// "expire all until now" what a scan of the tokens would, also when nothing moves the clock.
  var accessTokens = 0
  var expiredThrough = 0
}

/// An authorization code (RFC 6749 §4.1.2): single use, one minute.
struct AuthorizationCode: Sendable {
  static let lifetime: TimeInterval = 60

  let account: Account
  let scopes: [String]
  let redirectURI: String
  let challenge: CodeChallenge?
  let expiresAt: Date
  /// The grant that the first use made. A second use revokes it (§4.1.2, "SHOULD revoke").
  var grantID: String?
}

struct AccessToken: Sendable {
  let grantID: String
  /// Its place among the access tokens of the grant, from 1.
  let number: Int
  let expiresAt: Date
}

struct RefreshToken: Sendable {
  let grantID: String
  /// When a rotation replaced it; nil while it is the living one.
  var diedAt: Date?
}

/// A grant as `GET /grants` tells it: never with a token.
struct GrantSummary: Encodable, Sendable {
  let id: String
  let account: String
  let tenant: String
  let scopes: [String]
  let revoked: Bool
  let refreshes: Int
  let issuedAt: Date
  let accessExpiresAt: Date

  init(of grant: Grant) {
    id = grant.id
    account = grant.account.name
    tenant = grant.account.tenant
    scopes = grant.scopes
    revoked = grant.isRevoked
    refreshes = grant.refreshes
    issuedAt = grant.issuedAt
    accessExpiresAt = grant.accessExpiresAt
  }
}
