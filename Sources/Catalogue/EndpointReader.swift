/// Reads the parts of a file that are requests.
struct EndpointReader {
  private let top: MappingReader

  init(_ top: MappingReader) { self.top = top }

  func authorization() -> AuthorizationEndpoint? {
    let known = ["url", "scope_separator", "pkce", "parameters", "scopes"]
    guard let reader = top.mapping("authorization", known: known), let url = url(reader) else { return nil }
    let parameters = templates(reader, reserved: Self.authorizationParameters)
    return AuthorizationEndpoint(
      url: url, scopeSeparator: reader.text("scope_separator") ?? " ", pkce: reader.word("pkce") ?? .required,
      parameters: parameters, scopes: reader.list("scopes"))
  }

  func token() -> TokenEndpoint? {
    let known = ["url", "client_authentication", "parameters", "reply", "success", "error", "errors"]
    guard let reader = top.mapping("token", known: known), let url = url(reader) else { return nil }
    return TokenEndpoint(
      url: url, clientAuthentication: reader.word("client_authentication") ?? .basic,
      parameters: templates(reader, reserved: Self.tokenParameters), reply: shape(reader),
      success: success(reader), error: ErrorReader(reader).shape(), errors: ErrorReader(reader).translations())
  }

  func refresh() -> RefreshPolicy {
    let known = ["class", "default_lifetime", "idle_limit", "absolute_limit", "rate", "url"]
    guard let reader = top.mapping("refresh", known: known) else { return .unknown }
    let text = reader.text("class")
    let refreshClass = text.map(RefreshClass.init) ?? .x
    if text != nil, refreshClass == nil { reader.complain("must be N, S, X or G(seconds), as in G(30)", at: "class") }
    return RefreshPolicy(
      refreshClass: refreshClass ?? .x, defaultLifetime: reader.seconds("default_lifetime"),
      idleLimit: reader.seconds("idle_limit"), absoluteLimit: reader.seconds("absolute_limit"),
      rate: reader.rate("rate"),
      url: reader.has("url") ? url(reader) : nil)
  }

  func revocation() -> RevocationEndpoint? {
    let known = ["url", "style", "scope"]
    guard let reader = top.mapping("revocation", known: known), let url = url(reader) else { return nil }
    return RevocationEndpoint(url: url, style: reader.word("style") ?? .form, scope: reader.word("scope") ?? .grant)
  }

  func probe() -> Probe? {
    let known = ["url", "actor", "tenant", "label", "headers", "success"]
    guard let reader = top.mapping("probe", known: known), let url = url(reader) else { return nil }
    if !reader.has("actor") { reader.complain("is missing: where the account's id stands in the reply", at: "actor") }
    let headers = reader.texts("headers")
    for name in headers.keys where !HeaderName.isToken(name) {
      reader.complain("\"\(name)\" is no header name", at: "headers")
    }
    return Probe(
      url: url, actor: reader.pointer("actor") ?? JSONPointer("sub"), tenant: reader.pointer("tenant"),
      label: reader.pointer("label"), headers: headers, success: success(reader))
  }

  /// What the vault sets itself. A file that could override these could switch off PKCE or the redirect check.
  private static let authorizationParameters: Set<String> = [
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
  ]
  private static let tokenParameters: Set<String> = [
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "client_id", "client_secret",
  ]

  private func url(_ reader: MappingReader) -> URLTemplate? {
    let text = reader.requiredText("url")
    guard !text.isEmpty else { return nil }
    do {
      return try URLTemplate(text)
    } catch {
      reader.complain(error.message, at: "url")
      return nil
    }
  }

  private func templates(_ reader: MappingReader, reserved: Set<String>) -> [String: ValueTemplate] {
    let parameters = reader.texts("parameters").mapValues(ValueTemplate.init)
    for (name, value) in parameters {
      if reserved.contains(name) { reader.complain("\"\(name)\" is set by the vault itself", at: "parameters") }
      if !value.isWellFormed {
        reader.complain("\"\(name)\" \(URLTemplateFault.placeholder.message)", at: "parameters")
      }
    }
    return parameters
  }

  private func shape(_ token: MappingReader) -> TokenReplyShape {
    let known = ["access_token", "refresh_token", "expires_in", "refresh_expires_in", "scope"]
    guard let reader = token.mapping("reply", known: known) else { return .standard }
    let standard = TokenReplyShape.standard
    return TokenReplyShape(
      accessToken: reader.pointer("access_token") ?? standard.accessToken,
      refreshToken: reader.pointer("refresh_token") ?? standard.refreshToken,
      expiresIn: reader.pointer("expires_in") ?? standard.expiresIn, scope: reader.pointer("scope") ?? standard.scope,
      refreshExpiresIn: reader.pointer("refresh_expires_in"))
  }

  private func success(_ parent: MappingReader) -> SuccessRule? {
    guard let reader = parent.mapping("success", known: ["pointer", "equals"]) else { return nil }
    if !reader.has("pointer") { reader.complain("is missing", at: "pointer") }
    return SuccessRule(pointer: reader.pointer("pointer") ?? JSONPointer("ok"), equals: reader.requiredText("equals"))
  }
}

enum HeaderName {
  /// RFC 9110 §5.6.2.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
  }
}

extension Provider {
  /// Every `${…}` that must name an input, with the key that it stands under.
  var placeholders: [(path: String, names: [String])] {
    [
      ("authorization.url", authorization?.url.placeholders ?? []),
      ("authorization.parameters", authorization?.parameters.values.flatMap(\.placeholders) ?? []),
      ("token.url", token?.url.placeholders ?? []),
      ("token.parameters", token?.parameters.values.flatMap(\.placeholders) ?? []),
      ("refresh.url", refresh?.url?.placeholders ?? []),
      ("revocation.url", revocation?.url.placeholders ?? []),
      ("probe.url", probe?.url.placeholders ?? []),
    ]
  }
}
