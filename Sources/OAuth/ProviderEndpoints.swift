package import Catalogue
package import Exchange
internal import Foundation
package import Sealing

/// The requests that a vault makes to a provider. Holds the exchange and nothing else: no clock, no rows, no tokens.
///
/// Token requests return the raw reply. Whoever called seals and commits it, and only then reads it with `TokenReply`:
/// a crash in between must not lose a token that the provider gave once.
/// `parameters` are a connection's values for the provider's `${…}`.
package struct ProviderEndpoints: Sendable {
  let exchange: HTTPExchange

  package init(exchange: HTTPExchange) { self.exchange = exchange }

  /// RFC 6749 §4.1.3 with RFC 7636 §4.5.
  package func exchangeCode(
    provider: Provider, client: borrowing ClientCredentials, code: borrowing Secret,
    codeVerifier: borrowing Secret?, redirectURI: String, parameters: [String: String] = [:]
  ) async throws(ExchangeFailure) -> ExchangeReply {
    let endpoint = try Self.tokenEndpoint(provider)
    var form = FormBody()
    form.add("grant_type", "authorization_code")
    form.add("code", code)
    form.add("redirect_uri", redirectURI)
    if provider.authorization?.pkce != .forbidden { Self.add(codeVerifier, as: "code_verifier", to: &form) }
    return try await post(endpoint.url, endpoint, provider, client, form, parameters)
  }

  /// RFC 6749 §6. Sends exactly one request, or none: `mayStillSend` is asked immediately before the token leaves.
  package func refresh(
    provider: Provider, client: borrowing ClientCredentials, refreshToken: borrowing Secret,
    parameters: [String: String] = [:], mayStillSend: @escaping @Sendable () -> Bool = { true }
  ) async throws(ExchangeFailure) -> ExchangeReply {
    let endpoint = try Self.tokenEndpoint(provider)
    var form = FormBody()
    form.add("grant_type", "refresh_token")
    form.add("refresh_token", refreshToken)
    return try await post(
      provider.refresh?.url ?? endpoint.url, endpoint, provider, client, form, parameters, mayStillSend: mayStillSend)
  }

  /// Tells the provider that a token is not used any more (RFC 7009 §2.1); `nil` if it offers no revocation.
  package func revoke(
    provider: Provider, client: borrowing ClientCredentials, token: borrowing Secret,
    parameters: [String: String] = [:]
  ) async throws(ExchangeFailure) -> RevocationReply? {
    guard let revocation = provider.revocation else { return nil }
    switch revocation.style {
    case .form:
      let endpoint = try Self.tokenEndpoint(provider)
      var form = FormBody()
      form.add("token", token)
      let reply = try await post(revocation.url, endpoint, provider, client, form, parameters)
      return RevocationReply(status: reply.status)
    case .bearer:
      var request = ExchangeRequest(.post, try Self.expand(revocation.url, provider, parameters))
      request.headers = [("Accept", "application/json")]
      request.secretHeader = .authorization(Self.bearer(token))
      return RevocationReply(status: try await exchange.send(request).status)
    }
  }

  private func post(
    _ url: URLTemplate, _ endpoint: TokenEndpoint, _ provider: Provider, _ client: borrowing ClientCredentials,
    _ form: consuming FormBody, _ parameters: [String: String], mayStillSend: @escaping @Sendable () -> Bool = { true }
  ) async throws(ExchangeFailure) -> ExchangeReply {
    var request = ExchangeRequest(.post, try Self.expand(url, provider, parameters))
    request.headers = [("Accept", "application/json")]
    request.contentType = FormBody.contentType
    for (name, value) in endpoint.parameters.sorted(by: { $0.key < $1.key }) {
      form.add(name, try Self.expand(value, provider, parameters))
    }
    request.secretHeader = Self.authenticate(client, by: endpoint.clientAuthentication, in: &form)
    request.body = form.finish()
    request.mayStillSend = mayStillSend
    return try await exchange.send(request)
  }

  /// One way or the other, never both (RFC 6749 §2.3).
  private static func authenticate(
    _ client: borrowing ClientCredentials, by method: TokenEndpoint.ClientAuthentication, in form: inout FormBody
  ) -> SecretHeader? {
    if method == .basic, let header = client.basicHeader() { return header }
    form.add("client_id", client.id)
    add(client.secret, as: "client_secret", to: &form)
    return nil
  }

  private static func add(_ secret: borrowing Secret?, as name: String, to form: inout FormBody) {
    switch secret {
    case .some(let secret): form.add(name, secret)
    case .none: break
    }
  }

  static func bearer(_ token: borrowing Secret) -> Secret {
    var writer = SecretWriter(capacity: token.count + 8)
    writer.append("Bearer ")
    writer.append(token)
    return writer.finish()
  }

  private static func tokenEndpoint(_ provider: Provider) throws(ExchangeFailure) -> TokenEndpoint {
    guard let endpoint = provider.token else { throw .notSent(.invalidURL) }
    return endpoint
  }

  /// A connection without the right values has no URL: nothing was sent.
  static func expand(
    _ url: URLTemplate, _ provider: Provider, _ parameters: [String: String]
  ) throws(ExchangeFailure) -> String {
    do { return try url.expanded(parameters, inputs: provider.inputs) } catch { throw .notSent(.invalidURL) }
  }

  private static func expand(
    _ value: ValueTemplate, _ provider: Provider, _ parameters: [String: String]
  ) throws(ExchangeFailure) -> String {
    do { return try value.expanded(parameters, inputs: provider.inputs) } catch { throw .notSent(.invalidRequest) }
  }
}
