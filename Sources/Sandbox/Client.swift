import Foundation
import HTTPTypes

/// The one registered client.
struct Client: Sendable {
  let id: String
  let secret: String
  /// Accepted redirect addresses; empty: see ``accepts(redirectURI:)``.
  let redirectURIs: [String]

  /// Whether a browser may be sent to `text`. With a list: exactly what stands in it (RFC 9700 §2.1). Without: https
  /// anywhere and http on loopback, which is lax, and what makes a sandbox usable without registration.
  func accepts(redirectURI text: String) -> Bool {
    guard redirectURIs.isEmpty else { return redirectURIs.contains(text) }
    guard let url = URLComponents(string: text), url.fragment == nil, let host = url.host, !host.isEmpty else {
      return false
    }
    let isLoopback = ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
    return url.scheme == "https" || (url.scheme == "http" && isLoopback)
  }

  /// Checks the client's authentication at token and revocation endpoint: HTTP Basic or fields of the body, not both
  /// (RFC 6749 §2.3).
  ///
  /// - Parameter replaced: the secret that stands in for ``secret``; empty for none.
  func authenticate(
    _ fields: FormFields, authorization: String?, replaced: String = ""
  ) throws(TokenRefusal) {
    let secret = replaced.isEmpty ? secret : replaced
    guard let authorization else {
      guard fields["client_id"] == id, fields["client_secret"] == secret else { throw .invalidClient }
      return
    }
    guard fields["client_secret"] == nil else { throw .invalidRequest("the client authenticated in two ways") }
    guard let (name, password) = Self.basic(authorization), name == id, password == secret else {
      throw .invalidClient
    }
    guard fields["client_id"] == nil || fields["client_id"] == id else { throw .invalidClient }
  }

  /// The user and password of a Basic header, each form-decoded as §2.3.1 wants it.
  private static func basic(_ header: String) -> (name: String, password: String)? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])) else {
      return nil
    }
    let pair = String(decoding: data, as: UTF8.self).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { return nil }
    return (FormFields.decode(pair[0]), FormFields.decode(pair[1]))
  }
}
