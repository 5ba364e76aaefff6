/// What happened since the start or the last reset, in counts.
struct Statistics: Encodable, Equatable, Sendable {
  /// Authorizations that ended with Allow, and with Deny.
  var authorizations = 0
  var denials = 0
  /// Codes that became tokens, and codes that somebody tried to use again.
  var codeExchanges = 0
  var codesReused = 0
  /// Refreshes that succeeded; those of them that were saved by the grace window.
  var refreshes = 0
  var refreshesInGrace = 0
  /// Refreshes refused because their token was rotated before. Anything but 0 in a vault's test is a finding.
  var refreshesOfDeadTokens = 0
  /// Refreshes refused because a lifetime of the refresh token was over.
  var refreshesAfterEnd = 0
  /// Grants revoked because of a dead refresh token or a reused code, not by request.
  var familiesRevoked = 0
  /// Calls of the revocation endpoint that named a token of ours.
  var revocations = 0
  var whoami = 0
  /// All requests to the token endpoint, those with faults too; how many are unanswered now, and the most ever.
  var tokenRequests = 0
  var requestsInFlight = 0
  var mostInFlight = 0
}

extension Statistics {
  mutating func tokenRequestBegan() {
    tokenRequests += 1
    requestsInFlight += 1
    mostInFlight = max(mostInFlight, requestsInFlight)
  }

  mutating func tokenRequestEnded() {
    requestsInFlight -= 1
  }
}
