import HTTPTypes
import Hummingbird

/// Why the token or revocation endpoint says no (RFC 6749 §5.2).
struct TokenRefusal: Error, Equatable, Sendable {
  let status: HTTPResponse.Status
  let error: String
  let description: String

  static let invalidClient = TokenRefusal(
    status: .unauthorized, error: "invalid_client", description: "unknown client, or wrong secret")

  static let invalidScope = TokenRefusal(
    status: .badRequest, error: "invalid_scope", description: "the grant does not have these scopes")

  static let unsupportedGrantType = TokenRefusal(
    status: .badRequest, error: "unsupported_grant_type",
    description: "grant_type is neither authorization_code nor refresh_token")

  static func invalidGrant(_ description: String) -> TokenRefusal {
    TokenRefusal(status: .badRequest, error: "invalid_grant", description: description)
  }

  static func invalidRequest(_ description: String) -> TokenRefusal {
    TokenRefusal(status: .badRequest, error: "invalid_request", description: description)
  }
}

extension TokenRefusal {
  /// The answer. A 401 names the scheme that would have worked, as §5.2 demands.
  var reply: Response { reply(asForm: false) }

  func reply(asForm: Bool) -> Response {
    var response =
      asForm
      ? Response.form(["error": error, "error_description": description], status: status)
      : Response.json(ErrorBody(error: error, errorDescription: description), status: status)
    if status == .unauthorized { response.headers[.wwwAuthenticate] = #"Basic realm="sandbox""# }
    return response
  }
}

/// The JSON of every error that has a code.
struct ErrorBody: Encodable, Sendable {
  let error: String
  let errorDescription: String
}
