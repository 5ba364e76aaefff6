import Foundation

/// A valid authorization request (RFC 6749 §4.1.1 with RFC 7636): code flow with S256, or nothing.
struct AuthorizationRequest: Sendable {
  let clientID: String
  let redirectURI: String
  let scopes: [String]
  let state: String?
  /// Absent only where the sandbox does not insist.
  let challenge: CodeChallenge?
  let hint: String?

  /// Whom a refusal may be told: a redirect address that was not accepted is never redirected to (§4.1.2.1).
  enum Refusal: Error, Equatable, Sendable {
    case shown(String)
    case redirected(AuthorizationReply)
  }

  /// Checks the client and its address first, and only then what may be answered by redirect.
  init(_ fields: FormFields, client: Client, requiresChallenge: Bool = true) throws(Refusal) {
    guard let clientID = fields["client_id"], clientID == client.id else { throw .shown("This client is unknown.") }
    guard let redirectURI = fields["redirect_uri"], client.accepts(redirectURI: redirectURI) else {
      throw .shown("This redirect_uri is not accepted.")
    }
    if let name = fields.repeatedName { throw .shown("The parameter \(name) came twice.") }
    let state = fields["state"]
    func refusal(_ error: String, _ description: String) -> Refusal {
      .redirected(AuthorizationReply(to: redirectURI, state: state, .refused(error: error, description: description)))
    }
    guard fields["response_type"] == "code" else {
      throw refusal("unsupported_response_type", "response_type must be code")
    }
    let challenge = fields["code_challenge"].flatMap(CodeChallenge.init)
    let isMissing = fields["code_challenge"] == nil && fields["code_challenge_method"] == nil
    guard challenge != nil && fields["code_challenge_method"] == "S256" || isMissing && !requiresChallenge else {
      throw refusal("invalid_request", "a code_challenge of method S256 is required")
    }
    self.clientID = clientID
    self.redirectURI = redirectURI
    self.state = state
    self.challenge = challenge
    scopes = fields.words("scope") ?? []
    hint = fields["login_hint"]
  }
}

/// What the browser carries back to the client (RFC 6749 §4.1.2).
struct AuthorizationReply: Equatable, Sendable {
  let redirectURI: String
  let state: String?
  let outcome: Outcome

  enum Outcome: Equatable, Sendable {
    case allowed(code: String)
    case refused(error: String, description: String)
  }

  init(to redirectURI: String, state: String?, _ outcome: Outcome) {
    self.redirectURI = redirectURI
    self.state = state
    self.outcome = outcome
  }

  /// The address to redirect to, with the issuer (RFC 9207), which is how a client notices that another provider
  /// answered.
  func location(issuer: String) -> String {
    let answer =
      switch outcome {
      case .allowed(let code): FormFields.encode(["code": code])
      case .refused(let error, let description):
        FormFields.encode(["error": error, "error_description": description])
      }
    let stated = state.map { "&" + FormFields.encode(["state": $0]) } ?? ""
    let mark = redirectURI.contains("?") ? "&" : "?"
    return redirectURI + mark + answer + stated + "&" + FormFields.encode(["iss": issuer])
  }
}
