import HTTPTypes
import Hummingbird

/// What a credential is good for: to be told whom it belongs to. `whoami` takes access tokens, `key/whoami` API keys,
/// and `api/ping` either.
struct IdentityRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.get("whoami") { request, _ in whoami(bearer(request), challenge: Self.challenge(to: request)) }
    router.get("key/whoami") { request, _ in whoami(keyHolder(request), challenge: nil) }
    router.get("api/ping") { request, _ in ping(request) }
    router.post("api/ping") { request, _ in ping(request) }
  }

  private func whoami(_ account: Account?, challenge: String?) -> Response {
    let fault = provider.visit { ledger, _ in ledger.beginWhoami() }
    if let fault { return .failure(status: fault) }
    return account.map { .json(Identity(of: $0)) } ?? refusal(challenge)
  }

  private func ping(_ request: Request) -> Response {
    guard let account = bearer(request) ?? keyHolder(request) else { return refusal(Self.challenge(to: request)) }
    return .json(Pong(account: account.name))
  }

  private func bearer(_ request: Request) -> Account? {
    guard let token = Self.token(in: request) else { return nil }
    return provider.visit { ledger, now in ledger.account(ofAccessToken: token, now: now) }
  }

  private func keyHolder(_ request: Request) -> Account? {
    request.headers[.apiKey].flatMap(Account.holding)
  }

  /// Unknown, expired and revoked look alike (RFC 6750 §3.1).
  private func refusal(_ challenge: String?) -> Response {
    let body = ErrorBody(
      error: "invalid_token", errorDescription: "the credential is missing, unknown, expired or revoked")
    var response = Response.json(body, status: .unauthorized)
    if let challenge { response.headers[.wwwAuthenticate] = challenge }
    return response
  }

  /// Without a token the challenge carries no error code (RFC 6750 §3).
  private static func challenge(to request: Request) -> String {
    token(in: request) == nil ? #"Bearer realm="sandbox""# : #"Bearer realm="sandbox", error="invalid_token""#
  }

  private static func token(in request: Request) -> String? {
    let parts = request.headers[.authorization]?.split(separator: " ", maxSplits: 1) ?? []
    return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
  }
}

private struct Pong: Encodable {
  let ok = true
  let account: String
}
