import Foundation
import Storage

/// What a page asks for with a connect secret.
package struct ConnectRequest: Sendable {
  package let connector: String
  package let secret: String
  /// Values for the provider's `${…}`: subdomain, shop.
  package let parameters: [String: String]
  /// base64url(SHA-256(verifier)) of the page's SDK.
  package let verifierHash: String?
  /// The page's origin as the browser states it; `nil` for a plain link.
  package let origin: String?
  package let state: String?

  package init(
    connector: String, secret: String, parameters: [String: String] = [:], verifierHash: String? = nil,
    origin: String? = nil, state: String? = nil
  ) {
    self.connector = connector
    self.secret = secret
    self.parameters = parameters
    self.verifierHash = verifierHash
    self.origin = origin
    self.state = state
  }
}

/// An attempt that has begun: the ticket opens its first page once, the listener id its events.
package struct BegunAttempt: Sendable {
  package let attempt: UUID
  package let integration: UUID
  package let ticket: String
  package let listener: String
  package let expiresAt: Instant
}
