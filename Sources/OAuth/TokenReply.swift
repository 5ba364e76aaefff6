package import Catalogue
package import Sealing

/// What a token request brought. Noncopyable, like the tokens in it.
package enum TokenOutcome: ~Copyable, Sendable {
  case granted(TokenGrant)
  case refused(TokenRefusal)
}

/// RFC 6749 §5.1.
package struct TokenGrant: ~Copyable, Sendable {
  package let accessToken: Secret
  /// `nil` if none came: then the old one stays valid (RFC 6749 §6).
  package var refreshToken: Secret?
  /// As the provider said, from the moment of the request.
  package let expiresIn: Duration?
  /// How long the refresh token lives, from then.
  package let refreshExpiresIn: Duration?
  /// What an access token that is a JWT says of its own times.
  package let claims: TokenClaims?
  package let scope: String?
  package let tokenType: String
}

/// Reads the raw reply of a token request.
///
/// It came for a token that may be used up, and cannot be asked for again: what can be read is read. Nothing is made up:
/// tokens come from a complete document, from where the provider file says, and only if they could be one.
package enum TokenReply {
  package static func parse(
    provider: Provider, status: Int, retryAfter: String? = nil, body: borrowing Secret
  ) -> TokenOutcome {
    guard let endpoint = provider.token else { return .refused(.transient(retryAfter: nil, .unparsable)) }
    if let refusal = TokenRefusal.unavailable(status: status, retryAfter: retryAfter) { return .refused(refusal) }
    return body.withBytes { bytes in
      switch UTF16Reply.utf8(bytes) {
      case .some(let text): text.withBytes { decode($0, endpoint, status: status) }
      case .none: decode(bytes, endpoint, status: status)
      }
    }
  }

  private static func decode(_ text: UnsafeRawBufferPointer, _ endpoint: TokenEndpoint, status: Int) -> TokenOutcome {
    switch FormReply.json(text) {
    case .some(let json): json.withBytes { read($0, endpoint, status: status) }
    case .none: read(text, endpoint, status: status)
    }
  }

  private static func isSuccess(_ status: Int) -> Bool { (200..<300).contains(status) }

  /// HTML: of whoever stands before the provider, or is down with it. Without a token in it (some servers write warnings
  /// before their JSON) it says nothing.
  private static func isPage(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }.first == UInt8(ascii: "<")
  }

  private static func read(_ json: UnsafeRawBufferPointer, _ endpoint: TokenEndpoint, status: Int) -> TokenOutcome {
    let isPage = isPage(json)
    guard let reply = SecretJSON(forgiving: json), !isPage || reply.has(endpoint.reply.accessToken) else {
      if isPage { return .refused(.unknown(status: status, readable: false)) }
      let translated = isSuccess(status) ? nil : RefusalReading.refusal(ofStatus: status, endpoint)
      if let refusal = translated ?? refusal(inText: json) { return .refused(refusal) }
      return .refused(
        isSuccess(status) ? .transient(retryAfter: nil, .unusable) : .unknown(status: status, readable: false))
    }
    return judge(reply, endpoint, status: status)
  }

  /// Of a body that is nothing but a known code.
  private static func refusal(inText body: UnsafeRawBufferPointer) -> TokenRefusal? {
    let code = RefusalCode(spelled: body.lazy.filter { $0 != UInt8(ascii: "\"") })
    return code.flatMap { $0.isAmbiguous ? nil : $0.refusal }
  }

  /// A 2xx is a grant only by the provider's own success rule, and only with a token in it. An error field next to
  /// a token is ignored: some providers always send an empty one.
  private static func judge(_ reply: SecretJSON, _ endpoint: TokenEndpoint, status: Int) -> TokenOutcome {
    let succeeded = endpoint.success.map { reply.text($0.pointer) == $0.equals } ?? true
    let refusal = RefusalReading(reply: reply, endpoint: endpoint, status: status).refusal
    guard isSuccess(status), succeeded else { return .refused(refusal) }
    guard let token = tokenText(in: reply, at: endpoint.reply.accessToken), isToken(token) else {
      let isSilent = refusal == .unknown(status: status, readable: true) && !saysWhy(reply, endpoint)
      return .refused(isSilent ? .transient(retryAfter: nil, .unusable) : refusal)
    }
    let refreshToken = tokenText(in: reply, at: endpoint.reply.refreshToken)
    guard isTokenOrAbsent(refreshToken) else { return .refused(.transient(retryAfter: nil, .unusable)) }
    let claims = TokenClaims(token)
    return .granted(
      TokenGrant(
        accessToken: token, refreshToken: refreshToken, expiresIn: lifetime(reply, endpoint.reply.expiresIn),
        refreshExpiresIn: refreshLifetime(reply, endpoint.reply.refreshExpiresIn), claims: claims,
        scope: scope(reply, endpoint.reply.scope), tokenType: tokenType(reply)))
  }

  private static func saysWhy(_ reply: SecretJSON, _ endpoint: TokenEndpoint) -> Bool {
    reply.text(endpoint.error.code)?.isEmpty == false
  }

  /// A string without the white space around it, if something is left. What is no string (`null`, `false`, a number) is
  /// no token, as if it were not there.
  private static func tokenText(in reply: SecretJSON, at pointer: JSONPointer) -> Secret? {
    guard let text = reply.secret(pointer) else { return nil }
    let token = text.withBytes { Secret(copying: ASCII.trimmed($0)) }
    return if token.count > 0 { token } else { nil }
  }

  /// VSCHAR, RFC 6749 appendix A.12: what fits into a header.
  private static func isToken(_ token: borrowing Secret) -> Bool {
    token.withBytes { $0.allSatisfy { (0x20...0x7E).contains($0) } }
  }

  private static func isTokenOrAbsent(_ token: borrowing Secret?) -> Bool {
    switch token {
    case .some(let token): isToken(token)
    case .none: true
    }
  }

  /// Seconds as a number or as digits in a string. What is not above zero, or beyond ten years, says nothing.
  private static func lifetime(_ reply: SecretJSON, _ pointer: JSONPointer) -> Duration? {
    guard let text = reply.text(pointer), let seconds = Double(text.filter { !$0.isWhitespace }), seconds >= 1,
      seconds <= 315_360_000
    else { return nil }
    return .seconds(Int(seconds))
  }

  /// Not in RFC 6749. The names: GitHub and others; Intuit; Keycloak, Airtable.
  private static let refreshLifetimeNames = [
    "refresh_token_expires_in", "x_refresh_token_expires_in", "refresh_expires_in",
  ]

  private static func refreshLifetime(_ reply: SecretJSON, _ pointer: JSONPointer?) -> Duration? {
    if let pointer { return lifetime(reply, pointer) }
    return refreshLifetimeNames.lazy.compactMap { lifetime(reply, JSONPointer($0)) }.first
  }

  /// A text, as in RFC 6749 §3.3, or a list of texts.
  private static func scope(_ reply: SecretJSON, _ pointer: JSONPointer) -> String? {
    (reply.string(pointer) ?? reply.strings(pointer)?.joined(separator: " ")).flatMap { text in
      text.utf8.count <= 8192 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? text : nil
    }
  }

  /// RFC 6749 §7.1; `Bearer` where it is missing or unreadable.
  private static func tokenType(_ reply: SecretJSON) -> String {
    guard let type = reply.string(JSONPointer("token_type")), (1...32).contains(type.utf8.count),
      type.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return "Bearer" }
    return type
  }
}
