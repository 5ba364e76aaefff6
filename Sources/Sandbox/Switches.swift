/// What can be broken at run time, at its current setting. All off is an honest provider.
///
/// ``Switch/all`` is the list by name: JSON, the control page and validation are derived from it.
struct Switches: Equatable, Sendable {
  // Settings: how this provider is. They stay until they are changed.

  /// Seconds that an access token lives.
  var accessTokenLifetime: Int
  /// How a reply tells that lifetime.
  var expiresIn = ExpiresIn.number.rawValue
  /// What a refresh does to the refresh token that was used.
  var refreshClass = RefreshClass.x.rawValue
  /// Seconds for which a rotated refresh token still works. 0: it is dead at once.
  var graceWindow = 0
  /// Whether use of a dead refresh token revokes the grant, or is only refused.
  var reuseRevokes = true
  /// Seconds without a refresh after which the refresh token is dead. 0: never.
  var refreshIdleLifetime = 0
  /// Seconds after the authorization at which the grant is over. 0: never.
  var refreshLifetime = 0
  /// Whether an authorization request without a challenge is refused.
  var requirePkce = true
  /// The client's secret; empty: the one of the start.
  var clientSecret = ""
  /// The account that every authorization signs in as, whoever was chosen; empty: the chosen one.
  var wrongAccount = ""
  /// Scopes that are granted at most, separated by spaces; empty: all that were asked for.
  var scopeLimit = ""

  // Faults: what goes wrong, for as many requests as `count` says.

  /// HTTP status that the token endpoint answers; nothing is exchanged or rotated. 0: off.
  var failToken = 0
  /// The error code that the token endpoint answers, known or not; nothing is exchanged or rotated. Empty: off.
  var tokenError = ""
  /// Seconds of `Retry-After` in a 429 of the token endpoint; nothing is exchanged or rotated. 0: off.
  var rateLimited = 0
  /// Milliseconds that the token endpoint waits before it does anything.
  var slowTokenMs = 0
  /// Milliseconds that it waits after it has done everything: the client may be gone, the old refresh token is dead.
  var slowAfterRotationMs = 0
  /// Whether the token endpoint resets the connection before it does anything, or after it has done everything.
  var resetBefore = false
  var resetAfter = false
  /// Whether it exchanges or rotates and then hangs up without an answer, or in the middle of it.
  var loseReply = false
  var cutBody = false
  /// Whether replies carry no refresh token. A refresh then does not rotate: the old token stays good.
  var omitRefreshToken = false
  /// Whether replies are forms instead of JSON.
  var formBody = false
  /// Whether the token endpoint answers an HTML page with status 200; nothing is exchanged or rotated.
  var htmlBody = false
  /// Whether it answers 200 with `{"ok":false,"error":"invalid_auth"}`; nothing is exchanged or rotated.
  var okWithError = false
  /// Whether it answers 307 to itself; nothing is exchanged or rotated.
  var redirectToken = false
  /// HTTP status that `whoami` answers. 0: off.
  var failWhoami = 0

  /// How many more requests the faults touch before they go off by themselves. 0: they stay until reset.
  var count = 0

  init(accessTokenLifetime: Int) {
    self.accessTokenLifetime = accessTokenLifetime
  }
}

/// How `expires_in` is written.
enum ExpiresIn: String, CaseIterable, Sendable {
  case number, string, none
}

/// What a refresh does to the refresh token that was used: nothing (no new one comes), a new one comes and the old one
/// stays good, or a new one comes and the old one dies.
enum RefreshClass: String, CaseIterable, Sendable {
  case n = "N"
  case s = "S"
  case x = "X"
}

extension Switches {
  /// Whether a token request is about to meet a fault, and so uses up one of ``count``.
  var touchesTokenRequests: Bool {
    Switch.tokenFaults.contains { $0.value(in: self) != $0.value(in: .honest) }
  }

  /// Counts one touched request. At the last one all faults go off; the settings stay.
  mutating func spendOne() {
    guard count > 0 else { return }
    count -= 1
    guard count == 0 else { return }
    for fault in Switch.all where fault.isFault { _ = fault.turn(&self, to: fault.value(in: .honest)) }
  }

  private static let honest = Switches(accessTokenLifetime: 60)

  /// `scopes`, cut down to what ``scopeLimit`` lets through.
  func limit(_ scopes: [String]) -> [String] {
    let allowed = scopeLimit.split(separator: " ").map(String.init)
    return allowed.isEmpty ? scopes : scopes.filter(allowed.contains)
  }
}
