/// Why a token request brought no token, sorted by who must act.
///
/// When in doubt it is `transient`: to wait costs a retry, to blame a customer costs a reauthorization that nobody
/// needed, and to blame the connector stops all of its integrations. So only codes that are known count as either.
package enum TokenRefusal: Error, Equatable, Sendable {
  /// The provider, the network, or something unknown. Back off; keep every token.
  case transient(retryAfter: Duration?, Reason)
  /// The grant is gone. The customer must act, after it was confirmed.
  case terminal(RefusalCode)
  /// Our client is refused, or asks for the wrong thing. The operator must act; integrations keep their state.
  case connector(RefusalCode)

  package enum Reason: String, Sendable, CaseIterable {
    case rateLimited = "rate_limited"
    case serverError = "server_error"
    /// Somebody in between answered in the provider's place: what was sent may have reached it, and be used up.
    case gateway
    /// 3xx or 1xx: a token endpoint does neither (redirects are not followed).
    case unexpectedStatus = "unexpected_status"
    case temporarilyUnavailable = "temporarily_unavailable"
    /// HTML, or whatever else is no document, with a status that is no success.
    case unparsable
    /// A success that brought nothing: cut off, empty, or with a token that cannot be one. What was sent may be used up.
    case unusable
    /// No token, and no code that is known here.
    case unrecognised
    /// The same with status 401: by RFC 6749 §5.2 that is about our client, but not all providers keep to it.
    case unauthorized
  }

  /// A word for rows, logs and metrics; from our own vocabulary, never the provider's text.
  package var code: String {
    switch self {
    case .transient(_, let reason): reason.rawValue
    case .terminal(let code), .connector(let code): code.rawValue
    }
  }

  /// What the status alone decides. A 5xx or 429 is about the provider whatever its body says. 502 and 504 are of a
  /// gateway (RFC 9110 §15.6), and so are 520 and 524 of Cloudflare's, which had reached the provider by then.
  static func unavailable(status: Int, retryAfter: String?) -> TokenRefusal? {
    switch status {
    case 429: .transient(retryAfter: delay(retryAfter), .rateLimited)
    case 503: .transient(retryAfter: delay(retryAfter), .temporarilyUnavailable)
    case 502, 504, 520, 524: .transient(retryAfter: delay(retryAfter), .gateway)
    case 500..<600: .transient(retryAfter: delay(retryAfter), .serverError)
    case 200..<300, 400..<500: nil
    default: .transient(retryAfter: nil, .unexpectedStatus)
    }
  }

  /// What is left to say of a 2xx or 4xx that is not understood.
  static func unknown(status: Int, readable: Bool) -> TokenRefusal {
    .transient(retryAfter: nil, status == 401 ? .unauthorized : readable ? .unrecognised : .unparsable)
  }

  /// Seconds, at most a day. A date would need a clock, which is not kept here: the caller's own back-off applies.
  private static func delay(_ retryAfter: String?) -> Duration? {
    guard let retryAfter, let seconds = Int(retryAfter), seconds >= 0 else { return nil }
    return .seconds(min(seconds, 86_400))
  }
}
