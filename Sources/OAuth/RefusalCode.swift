/// Error codes that are understood here: those of RFC 6749 §5.2 and §4.1.2.1, RFC 6750 §3.1, OpenID Connect Core
/// §3.1.2.6, and those of providers with their own.
///
/// A closed list, so that nothing that a provider writes reaches rows, logs or pages by way of a code. Bodies that were
/// found published stand in `Tests/OAuthTests/Fixtures`, with their addresses. A code that means something else at one
/// provider is translated in that provider's file. AADSTS numbers: Microsoft, "Microsoft Entra authentication and
/// authorization error codes". Slack: the errors of `oauth.v2.access`, `oauth.v2.exchange` and `auth.test`.
package enum RefusalCode: String, Sendable, CaseIterable {
  // The grant is gone. `invalid_token`: at a token endpoint no other token is at stake than the refresh token.
  case invalidGrant = "invalid_grant"
  case invalidToken = "invalid_token"
  case badRefreshToken = "bad_refresh_token"
  case invalidRefreshToken = "invalid_refresh_token"
  case tokenRevoked = "token_revoked"
  case tokenExpired = "token_expired"
  case invalidAuth = "invalid_auth"
  case accountInactive = "account_inactive"
  case authorizationNotFound = "authorization_not_found"
  case adminPolicyEnforced = "admin_policy_enforced"
  case consentRequired = "consent_required"
  case interactionRequired = "interaction_required"
  case loginRequired = "login_required"
  case badVerificationCode = "bad_verification_code"
  case invalidCode = "invalid_code"
  case codeAlreadyUsed = "code_already_used"
  case entraAccountDisabled = "aadsts50057"
  case entraStrongAuthenticationNeeded = "aadsts50076"
  case entraStrongAuthenticationEnrolment = "aadsts50079"
  case entraGrantExpiredByPasswordChange = "aadsts50173"
  case entraConditionalAccess = "aadsts53003"
  case entraConsentMissing = "aadsts65001"
  case entraRefreshTokenExpired = "aadsts70008"
  case entraSignInFrequency = "aadsts70043"
  case entraRefreshTokenInactive = "aadsts700082"
  case entraRefreshTokenOfPageApp = "aadsts700084"

  // Our client is refused.
  case invalidClient = "invalid_client"
  case unauthorizedClient = "unauthorized_client"
  case invalidScope = "invalid_scope"
  case redirectURIMismatch = "redirect_uri_mismatch"
  case badRedirectURI = "bad_redirect_uri"
  case unsupportedGrantType = "unsupported_grant_type"
  case invalidGrantType = "invalid_grant_type"
  case incorrectClientCredentials = "incorrect_client_credentials"
  case invalidClientID = "invalid_client_id"
  case badClientSecret = "bad_client_secret"
  case deletedClient = "deleted_client"
  case disabledClient = "disabled_client"
  case orgInternal = "org_internal"
  case entraRedirectMismatch = "aadsts50011"
  case entraInvalidScope = "aadsts70011"
  case entraApplicationNotFound = "aadsts700016"
  case entraInvalidClientSecret = "aadsts7000215"
  case entraClientSecretMissing = "aadsts7000218"
  case entraClientSecretExpired = "aadsts7000222"
  case entraApplicationDisabled = "aadsts7000112"

  // Nobody's fault, or not known whose.
  case temporarilyUnavailable = "temporarily_unavailable"
  case serverError = "server_error"
  case rateLimited = "ratelimited"
  case slowDown = "slow_down"
  case entraTransient = "aadsts90033"
  case entraLoop = "aadsts50196"
  // Known, and ambiguous: providers send them for a bad token, a bad client and a malformed request alike.
  case invalidRequest = "invalid_request"
  case accessDenied = "access_denied"

  var refusal: TokenRefusal {
    switch self {
    case .invalidGrant, .invalidToken, .badRefreshToken, .invalidRefreshToken, .tokenRevoked, .tokenExpired,
      .invalidAuth, .accountInactive, .authorizationNotFound, .adminPolicyEnforced, .consentRequired,
      .interactionRequired, .loginRequired, .badVerificationCode, .invalidCode, .codeAlreadyUsed,
      .entraAccountDisabled, .entraStrongAuthenticationNeeded, .entraStrongAuthenticationEnrolment, .entraGrantExpiredByPasswordChange, .entraConditionalAccess,
      .entraConsentMissing, .entraRefreshTokenExpired, .entraSignInFrequency, .entraRefreshTokenInactive,
      .entraRefreshTokenOfPageApp:
      .terminal(self)
    case .invalidClient, .unauthorizedClient, .invalidScope, .redirectURIMismatch, .badRedirectURI,
      .unsupportedGrantType, .invalidGrantType, .incorrectClientCredentials, .invalidClientID, .badClientSecret,
      .deletedClient, .disabledClient, .orgInternal, .entraApplicationDisabled, .entraRedirectMismatch,
      .entraInvalidScope, .entraApplicationNotFound, .entraInvalidClientSecret, .entraClientSecretMissing,
      .entraClientSecretExpired:
      .connector(self)
    case .temporarilyUnavailable, .entraTransient: .transient(retryAfter: nil, .temporarilyUnavailable)
    case .serverError: .transient(retryAfter: nil, .serverError)
    case .rateLimited, .slowDown, .entraLoop: .transient(retryAfter: nil, .rateLimited)
    case .invalidRequest, .accessDenied: .transient(retryAfter: nil, .unrecognised)
    }
  }
}

extension RefusalCode {
  /// However it is spelled: `Invalid_Grant`, `invalid-grant`, `invalid grant`, `invalidGrant` are one code.
  init?(spelled bytes: some Sequence<UInt8>) {
    let letters = Self.letters(bytes)
    guard let code = Self.allCases.first(where: { Self.letters($0.rawValue.utf8).elementsEqual(letters) }) else {
      return nil
    }
    self = code
  }

  private static func letters<Bytes: Sequence<UInt8>>(
    _ bytes: Bytes
  ) -> LazyMapSequence<LazyFilterSequence<Bytes>, UInt8> {
    bytes.lazy.filter { ![0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0) }.map(ASCII.lower)
  }

  /// Whether the code says nothing about who must act.
  var isAmbiguous: Bool { refusal == .transient(retryAfter: nil, .unrecognised) }

  /// Whether the code says that the grant is gone.
  package var isTerminal: Bool {
    if case .terminal = refusal { true } else { false }
  }
}
