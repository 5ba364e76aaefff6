package import Sealing

/// One request, to be sent once.
///
/// Not copyable, so it cannot be sent twice. What is secret in it is a `Secret`: the body, and the value of one
/// header. Everything else may be logged by whoever writes it.
package struct ExchangeRequest: ~Copyable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
  }

  package let method: Method
  package let url: String
  /// Headers that are not secret.
  package var headers: [(name: String, value: String)] = []
  /// The one header that is: `Authorization`, or the header that a provider wants its keys in.
  package var secretHeader: SecretHeader?
  package var body: Secret?
  package var contentType: String?
  /// Asked when the connection stands, immediately before the first byte of the body; a `false` ends the request as
  /// not sent.
  package var mayStillSend: @Sendable () -> Bool = { true }
  /// From the call to the last byte of the reply, as far as this process runs: time in which it was stopped does not
  /// count, because a reply may lie in its socket when it wakes.
  package var deadline: Duration = .seconds(20)
  /// Bytes of a reply's body; a longer one is refused while it streams.
  package var bodyLimit = 65_536

  package init(_ method: Method, _ url: String) {
    self.method = method
    self.url = url
  }
}

/// A header whose whole value is secret, its scheme included: `Bearer …`, `Basic …`, a bare key.
package struct SecretHeader: ~Copyable, Sendable {
  package let name: String
  package let value: Secret

  package init(name: String, value: consuming Secret) {
    self.name = name
    self.value = value
  }

  package static func authorization(_ value: consuming Secret) -> SecretHeader {
    SecretHeader(name: "Authorization", value: value)
  }
}

/// What came back, whole and unread. The body may hold tokens: seal it and commit it before it is parsed.
package struct ExchangeReply: ~Copyable, Sendable {
  package let status: Int
  package let contentType: String?
  /// `Retry-After` in seconds, whether they were sent or a date (RFC 9110 §10.2.3).
  package let retryAfter: String?
  package let body: Secret

  package init(status: Int, contentType: String? = nil, retryAfter: String? = nil, body: consuming Secret) {
    self.status = status
    self.contentType = contentType
    self.retryAfter = retryAfter
    self.body = body
  }
}
