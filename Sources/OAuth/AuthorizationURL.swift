package import Catalogue
internal import Sealing

package enum AuthorizationURLError: Error, Equatable, Sendable {
  /// The provider has no authorization endpoint.
  case notOAuth2
  /// The provider's file requires PKCE and no challenge was given.
  case missingCodeChallenge
  case input(TemplateError)
}

extension ProviderEndpoints {
  /// Where the customer's browser is sent (RFC 6749 §4.1.1, RFC 7636 §4.3).
  ///
  /// - `scopes`: the provider's defaults if empty.
  /// - `parameters`: the connection's values for `${…}`.
  /// - `overrides`: parameters that a caller adds to the provider's, or replaces; `nil` leaves one out. Those that
  ///   protect the flow (`state`, `redirect_uri`, `code_challenge`, …) cannot be overridden.
  package static func authorizationURL(
    provider: Provider, clientID: String, redirectURI: String, scopes: [String] = [], state: String,
    codeChallenge: String?, parameters: [String: String] = [:], overrides: [String: String?] = [:]
  ) throws(AuthorizationURLError) -> String {
    guard let endpoint = provider.authorization else { throw .notOAuth2 }
    if endpoint.pkce == .required, codeChallenge == nil { throw .missingCodeChallenge }
    var query = [("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURI)]
    let scope = (scopes.isEmpty ? endpoint.scopes : scopes).joined(separator: endpoint.scopeSeparator)
    if !scope.isEmpty { query.append(("scope", scope)) }
    query.append(("state", state))
    if let codeChallenge, endpoint.pkce == .required {
      query += [("code_challenge", codeChallenge), ("code_challenge_method", "S256")]
    }
    do {
      query += try extras(of: endpoint, provider, parameters, overrides)
      let url = try endpoint.url.expanded(parameters, inputs: provider.inputs)
      return url + (url.contains("?") ? "&" : "?") + encoded(query)
    } catch {
      throw .input(error)
    }
  }

  private static let reserved: Set<String> = [
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    "response_mode", "request", "request_uri",
  ]

  private static func extras(
    of endpoint: AuthorizationEndpoint, _ provider: Provider, _ parameters: [String: String],
    _ overrides: [String: String?]
  ) throws(TemplateError) -> [(String, String)] {
    var values: [String: String] = [:]
    for (name, template) in endpoint.parameters where overrides[name] == nil {
      values[name] = try template.expanded(parameters, inputs: provider.inputs)
    }
    for (name, value) in overrides where !reserved.contains(name) { values[name] = value }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// RFC 6749 appendix B, with `%20` for a space: some providers do not read `+` in a query.
  private static func encoded(_ query: [(String, String)]) -> String {
    query.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
  }

  private static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = text.utf8.flatMap { byte -> [UInt8] in
      switch byte {
      case 48...57, 65...90, 97...122, 0x2D, 0x2E, 0x5F, 0x7E: [byte]
      default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
