/// Why a provider sends the browser back without a code (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). Only these words
/// reach a log: a browser may bring any others.
enum AuthorizationRefusal: String, CaseIterable {
  case accessDenied = "access_denied"
  case invalidRequest = "invalid_request"
  case unauthorizedClient = "unauthorized_client"
  case unsupportedResponseType = "unsupported_response_type"
  case invalidScope = "invalid_scope"
  case serverError = "server_error"
  case temporarilyUnavailable = "temporarily_unavailable"
  case interactionRequired = "interaction_required"
  case loginRequired = "login_required"
  case accountSelectionRequired = "account_selection_required"
  case consentRequired = "consent_required"

  init?(code: String) { self.init(rawValue: code.lowercased()) }

  /// Who must act: the customer, nobody yet, or the operator.
  var failure: AttemptFailure {
    switch self {
    case .accessDenied: .consentDenied
    case .serverError, .temporarilyUnavailable: .providerUnavailable
    case .unauthorizedClient, .unsupportedResponseType, .invalidScope: .connectorMisconfigured
    case .invalidRequest, .interactionRequired, .loginRequired, .accountSelectionRequired, .consentRequired: .providerError
    }
  }
}
