import HTTPTypes
import Hummingbird

extension Switches {
  /// The answer that a fault gives in place of the token endpoint's own; nil without such a fault. When several are
  /// set, the first of this list speaks.
  var replyInstead: Response? {
    if failToken != 0 { return .failure(status: failToken) }
    if !tokenError.isEmpty { return refusal }
    if rateLimited != 0 { return rateLimit }
    if htmlBody { return .page(MaintenancePage().html) }
    if okWithError { return .json(OkWithError()) }
    if redirectToken { return .moved }
    return nil
  }

  private var refusal: Response {
    TokenRefusal(
      status: tokenError == "invalid_client" ? .unauthorized : .badRequest, error: tokenError,
      description: "this error was switched on"
    ).reply
  }

  private var rateLimit: Response {
    var response = Response.json(
      ErrorBody(error: "rate_limited", errorDescription: "the switch rate_limited is on"), status: .tooManyRequests)
    response.headers[.retryAfter] = String(rateLimited)
    return response
  }
}

extension Response {
  /// To where the request just was: a client that follows sends its token again.
  fileprivate static let moved = Response(status: .temporaryRedirect, headers: [.location: "token"])

  /// A failure that was switched on, in the shape that OAuth errors have.
  static func failure(status: Int) -> Response {
    let error = status >= 500 ? "server_error" : "invalid_request"
    return .json(
      ErrorBody(error: error, errorDescription: "this status was switched on"), status: .init(code: status))
  }
}

/// How some providers fail: with status 200.
private struct OkWithError: Encodable {
  let ok = false
  let error = "invalid_auth"
}

/// What a proxy shows while the provider behind it is away, with status 200 all the same.
private struct MaintenancePage {
  var html: HTML {
    Layout(title: "Back soon", root: "", content: "<h1>Back soon</h1><p>We are improving the service for you.</p>").html
  }
}
