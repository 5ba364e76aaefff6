/// What can be broken at run time, at its current setting. All off is an honest provider.
///
/// ``Switch/all`` is the list by name: JSON, the control page and validation are derived from it.
struct Switches: Equatable, Sendable {
  /// Seconds that an access token lives.
  var accessTokenLifetime: Int
  /// Seconds for which a rotated refresh token still works. 0: it is dead at once, and its use revokes the grant.
  var graceWindow = 0
  /// The account that every authorization signs in as, whoever was chosen; empty: the chosen one.
  var wrongAccount = ""
  /// Scopes that are granted at most, separated by spaces; empty: all that were asked for.
  var scopeLimit = ""

  /// HTTP status that the token endpoint answers; nothing is exchanged or rotated. 0: off.
  var failToken = 0
  /// Seconds of `Retry-After` in a 429 of the token endpoint; nothing is exchanged or rotated. 0: off.
  var rateLimited = 0
  /// Milliseconds that the token endpoint waits before it does anything.
  var slowTokenMs = 0
  /// Milliseconds that it waits after it has done everything: the client may be gone, the old refresh token is dead.
  var slowAfterRotationMs = 0
  /// Whether the token endpoint exchanges or rotates and then hangs up without an answer.
  var loseReply = false
  /// Whether replies carry no refresh token. A refresh then does not rotate: the old token stays good.
  var omitRefreshToken = false
  /// Whether the token endpoint answers an HTML page with status 200; nothing is exchanged or rotated.
  var htmlBody = false
  /// Whether it answers 200 with `{"ok":false,"error":"invalid_auth"}`; nothing is exchanged or rotated.
  var okWithError = false
  /// HTTP status that `whoami` answers. 0: off.
  var failWhoami = 0

  /// How many more requests the faults touch before they go off by themselves. 0: they stay until reset.
  var count = 0

  init(accessTokenLifetime: Int) {
    self.accessTokenLifetime = accessTokenLifetime
  }
}

extension Switches {
  /// Whether a token request is about to meet a fault, and so uses up one of ``count``.
  var touchesTokenRequests: Bool {
    failToken != 0 || rateLimited != 0 || slowTokenMs != 0 || slowAfterRotationMs != 0
      || loseReply || omitRefreshToken || htmlBody || okWithError
  }

  /// Counts one touched request. At the last one all faults go off; the settings (lifetime, grace window, account,
  /// scopes) stay.
  mutating func spendOne() {
    guard count > 0 else { return }
    count -= 1
    if count == 0 { self = withoutFaults }
  }

  private var withoutFaults: Switches {
    var honest = Switches(accessTokenLifetime: accessTokenLifetime)
    honest.graceWindow = graceWindow
    honest.wrongAccount = wrongAccount
    honest.scopeLimit = scopeLimit
    return honest
  }

  /// `scopes`, cut down to what ``scopeLimit`` lets through.
  func limit(_ scopes: [String]) -> [String] {
    let allowed = scopeLimit.split(separator: " ").map(String.init)
    return allowed.isEmpty ? scopes : scopes.filter(allowed.contains)
  }
}
