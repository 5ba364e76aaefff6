extension Switch {
  /// All there are, in the order of the page. JSON, the page and the check of values are derived from this list.
  static let all: [Switch] = settings + faults + [count]

  /// Those that a token request meets.
  static let tokenFaults = faults.filter { $0.name != "fail_whoami" }

  private static let day = 0...86_400
  private static let years = 0...315_360_000

  private static let settings: [Switch] = [
    .setting(
      "access_token_lifetime", .number(\.accessTokenLifetime, 1...86_400), "seconds that an access token lives"),
    .setting(
      "expires_in", .choice(\.expiresIn, ExpiresIn.allCases.map(\.rawValue)), "how replies tell it, or that they do not"),
    .setting(
      "refresh_class", .choice(\.refreshClass, RefreshClass.allCases.map(\.rawValue)),
      "on a refresh: N no new refresh token, S a new one and the old stays good, X the old one dies"),
    .setting(
      "grace_window", .number(\.graceWindow, day), "seconds for which a rotated refresh token still works (class X)"),
    .setting("reuse_revokes", .flag(\.reuseRevokes), "use of a dead refresh token revokes the whole grant"),
    .setting(
      "refresh_idle_lifetime", .number(\.refreshIdleLifetime, years), "seconds without a refresh that end the grant"),
    .setting(
      "refresh_lifetime", .number(\.refreshLifetime, years), "seconds after the authorization that end the grant"),
    .setting("require_pkce", .flag(\.requirePkce), "refuse authorization requests without a challenge"),
    .setting("client_secret", .text(\.clientSecret), "the client's secret, when it is not that of the start"),
    .setting("wrong_account", .account(\.wrongAccount), "account that every authorization signs in as"),
    .setting("scope_limit", .text(\.scopeLimit), "scopes that are granted at most, separated by spaces"),
  ]

  private static let faults: [Switch] = [
    .fault("fail_token", .status(\.failToken), "status that the token endpoint answers"),
    .fault("token_error", .text(\.tokenError), "error code that the token endpoint answers, with 400 or 401"),
    .fault("rate_limited", .number(\.rateLimited, day), "seconds of Retry-After in a 429 of the token endpoint"),
    .fault(
      "slow_token_ms", .number(\.slowTokenMs, 0...600_000), "milliseconds before the token endpoint does anything"),
    .fault(
      "slow_after_rotation_ms", .number(\.slowAfterRotationMs, 0...600_000),
      "milliseconds between the rotation and its answer"),
    .fault("reset_before", .flag(\.resetBefore), "reset the connection of a token request, and do nothing"),
    .fault("reset_after", .flag(\.resetAfter), "rotate, then reset the connection"),
    .fault("lose_reply", .flag(\.loseReply), "rotate, then hang up without an answer"),
    .fault("cut_body", .flag(\.cutBody), "rotate, then hang up in the middle of the answer"),
    .fault("omit_refresh_token", .flag(\.omitRefreshToken), "issue no refresh token"),
    .fault("form_body", .flag(\.formBody), "answer token requests with a form instead of JSON"),
    .fault("html_body", .flag(\.htmlBody), "answer token requests with an HTML page"),
    .fault("ok_with_error", .flag(\.okWithError), "answer token requests with 200 and an error"),
    .fault("redirect_token", .flag(\.redirectToken), "answer token requests with a redirect to the token endpoint"),
    .fault("fail_whoami", .status(\.failWhoami), "status that whoami answers"),
  ]

  private static let count = setting(
    "count", .number(\.count, 0...1_000_000), "requests that the faults touch before they go off; 0: until reset")
}
