/// Error codes that are understood here: those of RFC 6749 §5.2 and §4.1.2.1, and those of providers with their own.
///
/// A closed list, so that nothing that a provider writes reaches rows, logs or pages by way of a code. AADSTS numbers:
/// Microsoft, "Microsoft Entra authentication and authorization error codes". Slack: the errors of
/// `oauth.v2.access` and `auth.test`. GitHub: "Troubleshooting OAuth app access token request errors".
package enum RefusalCode: String, Sendable, CaseIterable {
  // The grant is gone.
  case invalidGrant = "invalid_grant"
  case badRefreshToken = "bad_refresh_token"
  case invalidRefreshToken = "invalid_refresh_token"
  case tokenRevoked = "token_revoked"
  case tokenExpired = "token_expired"
  case invalidAuth = "invalid_auth"
  case accountInactive = "account_inactive"
  case accessDenied = "access_denied"
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
  case incorrectClientCredentials = "incorrect_client_credentials"
  case invalidClientID = "invalid_client_id"
  case badClientSecret = "bad_client_secret"
  case entraRedirectMismatch = "aadsts50011"
  case entraInvalidScope = "aadsts70011"
  case entraApplicationNotFound = "aadsts700016"
  case entraInvalidClientSecret = "aadsts7000215"
  case entraClientSecretMissing = "aadsts7000218"
  case entraClientSecretExpired = "aadsts7000222"

  // Nobody's fault, or not known whose. `invalid_request` is here because providers send it for a malformed request
  // and for a bad token alike.
  case temporarilyUnavailable = "temporarily_unavailable"
  case serverError = "server_error"
  case rateLimited = "ratelimited"
  case slowDown = "slow_down"
  case invalidRequest = "invalid_request"
  case entraTransient = "aadsts90033"

  var refusal: TokenRefusal {
    switch self {
    case .invalidGrant, .badRefreshToken, .invalidRefreshToken, .tokenRevoked, .tokenExpired, .invalidAuth,
      .accountInactive, .accessDenied, .consentRequired, .interactionRequired, .loginRequired, .badVerificationCode,
      .invalidCode, .codeAlreadyUsed, .entraAccountDisabled, .entraStrongAuthenticationNeeded,
      .entraStrongAuthenticationEnrolment, .entraGrantExpiredByPasswordChange, .entraConditionalAccess,
      .entraConsentMissing, .entraRefreshTokenExpired, .entraSignInFrequency, .entraRefreshTokenInactive,
      .entraRefreshTokenOfPageApp:
      .terminal(self)
    case .invalidClient, .unauthorizedClient, .invalidScope, .redirectURIMismatch, .badRedirectURI,
      .unsupportedGrantType, .incorrectClientCredentials, .invalidClientID, .badClientSecret, .entraRedirectMismatch,
      .entraInvalidScope, .entraApplicationNotFound, .entraInvalidClientSecret, .entraClientSecretMissing,
      .entraClientSecretExpired:
      .connector(self)
    case .temporarilyUnavailable, .entraTransient: .transient(retryAfter: nil, .temporarilyUnavailable)
    case .serverError: .transient(retryAfter: nil, .serverError)
    case .rateLimited, .slowDown: .transient(retryAfter: nil, .rateLimited)
    case .invalidRequest: .transient(retryAfter: nil, .unrecognised)
    }
  }

  /// `AADSTS70008: The refresh token has expired…`. Only at the start, where Entra ID writes it; a number that is not
  /// on the list leaves the decision to the error code.
  init?(entraDescription text: String) {
    guard text.hasPrefix("AADSTS") else { return nil }
    self.init(rawValue: "aadsts" + text.dropFirst(6).prefix { ("0"..."9").contains($0) })
  }
}

extension RefusalCode {
  /// Whether the code says that the grant is gone.
  package var isTerminal: Bool {
    if case .terminal = refusal { true } else { false }
  }
}
