import HTTPTypes
import Hummingbird

/// The token endpoint (RFC 6749 §3.2) with its faults, and the revocation endpoint (RFC 7009).
struct TokenRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.post("token") { request, conversation in try await token(request, conversation) }
    router.post("revoke") { request, _ in try await revoke(request) }
  }

  /// Order of a token request: wait, reset or a fault instead of an answer, the exchange itself, wait again, reset, hang
  /// up or answer.
  private func token(_ request: Request, _ conversation: Conversation) async throws -> Response {
    let faults = provider.visit { ledger, _ in ledger.beginTokenRequest() }
    defer { provider.visit { ledger, _ in ledger.statistics.tokenRequestEnded() } }
    let fields = try await FormFields.body(of: request)
    try await pause(milliseconds: faults.slowTokenMs)
    if faults.resetBefore { try await conversation.reset() }
    if let fault = faults.replyInstead { return fault }
    let reply = exchange(fields, authorization: request.headers[.authorization], faults: faults)
    try await pause(milliseconds: faults.slowAfterRotationMs)
    if faults.resetAfter { try await conversation.reset() }
    if faults.loseReply { try await conversation.hangUp() }
    return faults.cutBody ? reply.cut : reply
  }

  private func exchange(_ fields: FormFields, authorization: String?, faults: Switches) -> Response {
    do throws(TokenRefusal) {
      if let name = fields.repeatedName { throw .invalidRequest("\(name) came twice") }
      try provider.client.authenticate(fields, authorization: authorization, replaced: faults.clientSecret)
      switch fields["grant_type"] {
      case "authorization_code": return .tokens(try redeem(fields, faults: faults), asForm: faults.formBody)
      case "refresh_token": return .tokens(try refresh(fields, faults: faults), asForm: faults.formBody)
      case nil: throw .invalidRequest("grant_type is missing")
      default: throw .unsupportedGrantType
      }
    } catch {
      return error.reply(asForm: faults.formBody)
    }
  }

  private func redeem(_ fields: FormFields, faults: Switches) throws(TokenRefusal) -> IssuedTokens {
    guard let code = fields["code"] else { throw .invalidRequest("code is missing") }
    return try provider.visit { (ledger, now) throws(TokenRefusal) in
      try ledger.redeem(
        code: code, redirectURI: fields["redirect_uri"], verifier: fields["code_verifier"], faults: faults, now: now)
    }
  }

  private func refresh(_ fields: FormFields, faults: Switches) throws(TokenRefusal) -> IssuedTokens {
    guard let token = fields["refresh_token"] else { throw .invalidRequest("refresh_token is missing") }
    return try provider.visit { (ledger, now) throws(TokenRefusal) in
      try ledger.refresh(token, scopes: fields.words("scope"), faults: faults, now: now)
    }
  }

  /// Either token ends the whole grant. An unknown one is no error (RFC 7009 §2.2): it is as dead as wanted.
  private func revoke(_ request: Request) async throws -> Response {
    let fields = try await FormFields.body(of: request)
    do throws(TokenRefusal) {
      let secret = provider.visit { ledger, _ in ledger.switches.clientSecret }
      try provider.client.authenticate(fields, authorization: request.headers[.authorization], replaced: secret)
      guard let token = fields["token"] else { throw .invalidRequest("token is missing") }
      provider.visit { ledger, _ in ledger.revoke(token: token) }
      return Response(status: .ok, headers: [.cacheControl: "no-store"])
    } catch {
      return error.reply
    }
  }

  /// The one wait in the sandbox. It holds no lock; the end of the server ends it too.
  private func pause(milliseconds: Int) async throws {
    if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
  }
}

extension Ledger {
  /// Ends the grant of a token at its client's wish.
  mutating func revoke(token: String) {
    guard let grantID = grantID(ofToken: token) else { return }
    statistics.revocations += 1
    _ = revoke(.one(id: grantID))
  }
}
