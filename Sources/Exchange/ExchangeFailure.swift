/// Why no reply came, split at the only line that matters to a single-use token: could the other side have read the
/// request's body?
///
/// `notSent` is a promise: no byte of the body left. `uncertain` is everything else, also what is merely unproven.
package enum ExchangeFailure: Error, Equatable, Sendable {
  case notSent(NotSent)
  case uncertain(Uncertain)

  package enum NotSent: String, Sendable, CaseIterable {
    case invalidURL = "invalid_url"
    /// Plain HTTP to anything but this machine.
    case insecureURL = "insecure_url"
    /// A method, header or body that cannot be written as HTTP.
    case invalidRequest = "invalid_request"
    /// The name led to an address that is not on the public internet.
    case privateAddress = "private_address"
    case nameResolution = "name_resolution"
    case refused
    /// No route, network down, out of local ports or descriptors.
    case unreachable
    case connectTimeout = "connect_timeout"
    case tls
    /// Whoever asked for it said no, immediately before the first byte.
    case withdrawn
    /// This exchange was shut down before the request.
    case closed
  }

  package enum Uncertain: String, Sendable, CaseIterable {
    /// The request's own deadline passed. Not to be called `deadline`: that is a grant's.
    case timedOut = "timed_out"
    case connectionLost = "connection_lost"
    case bodyTooLarge = "body_too_large"
    case malformedReply = "malformed_reply"
    /// A failure that is not on any list. Never taken for `notSent`.
    case unrecognised
  }

  /// A word for logs and history rows; never text from outside.
  package var code: String {
    switch self {
    case .notSent(let reason): reason.rawValue
    case .uncertain(let reason): reason.rawValue
    }
  }
}
