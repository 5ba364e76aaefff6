import Foundation

/// A successful answer of the token endpoint (RFC 6749 §5.1).
struct IssuedTokens: Encodable, Equatable, Sendable {
  let accessToken: String
  var tokenType = "Bearer"
  /// As the switch says; absent when replies do not tell.
  let expiresIn: SwitchValue?
  /// Absent, not null, when none was issued.
  let refreshToken: String?
  let scope: String
}

extension Ledger {
  /// Allow was pressed: a code for the client to redeem.
  ///
  /// - Parameter chosen: whom the person picked; the switch `wrong_account` overrides it.
  mutating func authorize(_ request: AuthorizationRequest, as chosen: Account, now: Date) -> String {
    statistics.authorizations += 1
    let code = tickets.code()
    codes[code] = AuthorizationCode(
      account: Account.named(switches.wrongAccount) ?? chosen, scopes: switches.limit(request.scopes),
      redirectURI: request.redirectURI, challenge: request.challenge,
      expiresAt: now.addingTimeInterval(AuthorizationCode.lifetime))
    return code
  }

  /// A code becomes tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
  ///
  /// - Throws: `invalid_grant` for every reason there is; the description tells which, as a sandbox should.
  mutating func redeem(
    code: String, redirectURI: String?, verifier: String?, faults: Switches, now: Date
  ) throws(TokenRefusal) -> IssuedTokens {
    guard let found = codes[code] else { throw .invalidGrant("the code is unknown") }
    if let grantID = found.grantID {
      statistics.codesReused += 1
      revokeFamily(grantID)
      throw .invalidGrant("the code was used before; its tokens are revoked")
    }
    guard now < found.expiresAt else { throw .invalidGrant("the code has expired") }
    guard redirectURI == found.redirectURI else { throw .invalidGrant("redirect_uri is not that of the authorization") }
    guard found.challenge.map({ $0.isMet(by: verifier ?? "") }) ?? (verifier == nil) else {
      throw .invalidGrant("code_verifier does not meet the challenge")
    }
    statistics.codeExchanges += 1
    let grantID = open(found, now: now)
    codes[code]?.grantID = grantID
    return issue(for: grantID, scopes: found.scopes, withRefreshToken: !faults.omitRefreshToken, now: now)
  }

  /// A refresh token becomes an access token and, as a rule, the next refresh token (RFC 6749 §6). Use of a token that
  /// was rotated before revokes the grant, for nobody can tell thief from owner (RFC 9700 §4.14.2); except within the
  /// grace window, where it works again and whatever it was replaced by stays good too.
  ///
  /// - Parameter scopes: a narrower set, or nil for that of the grant.
  /// - Throws: `invalid_grant`, or `invalid_scope` for more than was granted.
  mutating func refresh(
    _ token: String, scopes: [String]?, faults: Switches, now: Date
  ) throws(TokenRefusal) -> IssuedTokens {
    guard let found = refreshTokens[token], let grant = grants[found.grantID] else {
      throw .invalidGrant("the refresh token is unknown")
    }
    let isDead = found.diedAt != nil
    if let diedAt = found.diedAt { try requireGrace(since: diedAt, grantID: grant.id, now: now) }
    guard !grant.isRevoked else { throw .invalidGrant("the grant is revoked") }
    try requireLife(of: grant, now: now)
    guard (scopes ?? []).allSatisfy(grant.scopes.contains) else { throw .invalidScope }
    statistics.refreshes += 1
    if isDead { statistics.refreshesInGrace += 1 }
    grants[grant.id]?.refreshes += 1
    grants[grant.id]?.usedAt = now
    let kind = RefreshClass(rawValue: switches.refreshClass) ?? .x
    let rotates = kind != .n && !faults.omitRefreshToken
    if rotates, kind == .x, !isDead { refreshTokens[token]?.diedAt = now }
    return issue(for: grant.id, scopes: switches.limit(scopes ?? grant.scopes), withRefreshToken: rotates, now: now)
  }

  /// Refresh tokens that die of age or of idleness are revoked by nobody; the access token of the day lives on.
  private mutating func requireLife(of grant: Grant, now: Date) throws(TokenRefusal) {
    let (idle, life) = (TimeInterval(switches.refreshIdleLifetime), TimeInterval(switches.refreshLifetime))
    let isIdle = idle > 0 && now.timeIntervalSince(grant.usedAt) >= idle
    let isOver = life > 0 && now.timeIntervalSince(grant.issuedAt) >= life
    guard isIdle || isOver else { return }
    statistics.refreshesAfterEnd += 1
    throw .invalidGrant(isIdle ? "the refresh token was not used for too long" : "the grant has come to its end")
  }

  /// Returns when the grace window still covers a token that died at `diedAt`; otherwise its family ends here.
  private mutating func requireGrace(since diedAt: Date, grantID: String, now: Date) throws(TokenRefusal) {
    let window = TimeInterval(switches.graceWindow)
    if window > 0, now.timeIntervalSince(diedAt) <= window { return }
    statistics.refreshesOfDeadTokens += 1
    guard switches.reuseRevokes else { throw .invalidGrant("the refresh token was used before") }
    revokeFamily(grantID)
    throw .invalidGrant("the refresh token was used before; the grant is revoked")
  }

  private mutating func revokeFamily(_ grantID: String) {
    guard grants[grantID]?.isRevoked == false else { return }
    statistics.familiesRevoked += 1
    grants[grantID]?.isRevoked = true
  }

  private mutating func open(_ code: AuthorizationCode, now: Date) -> String {
    lastGrantNumber += 1
    let id = "grant-\(lastGrantNumber)"
    grants[id] = Grant(id: id, account: code.account, issuedAt: now, scopes: code.scopes, usedAt: now, accessExpiresAt: now)
    return id
  }

  private mutating func issue(
    for grantID: String, scopes: [String], withRefreshToken: Bool, now: Date
  ) -> IssuedTokens {
    let lifetime = switches.accessTokenLifetime
    let expiresAt = now.addingTimeInterval(TimeInterval(lifetime))
    let accessToken = tickets.accessToken()
    grants[grantID]!.accessTokens += 1
    grants[grantID]!.accessExpiresAt = expiresAt
    accessTokens[accessToken] = AccessToken(
      grantID: grantID, number: grants[grantID]!.accessTokens, expiresAt: expiresAt)
    let refreshToken = withRefreshToken ? tickets.refreshToken() : nil
    if let refreshToken { refreshTokens[refreshToken] = RefreshToken(grantID: grantID) }
    return IssuedTokens(
      accessToken: accessToken, expiresIn: told(lifetime), refreshToken: refreshToken,
      scope: scopes.joined(separator: " "))
  }

  private func told(_ lifetime: Int) -> SwitchValue? {
    switch ExpiresIn(rawValue: switches.expiresIn) ?? .number {
    case .number: .number(lifetime)
    case .string: .text(String(lifetime))
    case .none: nil
    }
  }
}
