import OAuth

/// Why a connect was refused or failed: one code, one message that says what to do. No secret, no provider text.
package enum ConnectRefusal: Error, Sendable, Equatable {
  case secret(ConnectSecretError)
  case secretSpent
  case originNotAllowed
  case unknownConnector
  /// The connector's provider is not in the catalogue, or cannot be used this way.
  case unknownProvider
  /// Uniform for a missing integration and for somebody else's.
  case notFound
  case deleted
  case suspended
  case invalidParameter(String)
  case noPublicURL

  /// The ticket, `state` or cookie does not belong to a living attempt in this browser.
  case unknownAttempt
  case attemptUsed
  case attemptExpired
  case anotherBrowser
  case notConsented
  case invalidForm(String)
  /// A session names an integration, or connector and customer.
  case invalidSession

  package var code: String {
    switch self {
    case .secret(.expired): "secret_expired"
    case .secret: "invalid_secret"
    case .secretSpent: "secret_spent"
    case .originNotAllowed: "origin_not_allowed"
    case .unknownConnector: "unknown_connector"
    case .unknownProvider: "unknown_provider"
    case .notFound: "not_found"
    case .deleted: "deleted"
    case .suspended: "suspended"
    case .invalidParameter: "invalid_parameter"
    case .noPublicURL: "no_public_url"
    case .unknownAttempt: "unknown_attempt"
    case .attemptUsed: "attempt_used"
    case .attemptExpired: "expired"
    case .anotherBrowser: "another_browser"
    case .notConsented: "not_consented"
    case .invalidForm: "invalid_form"
    case .invalidSession: "invalid_request"
    }
  }

  package var message: String {
    switch self {
    case .secret(let error): error.message
    case .secretSpent: "This connect secret has been used. Ask the backend for a new one."
    case .originNotAllowed:
      "This page's origin is not on the workspace's list: reseal workspace update WORKSPACE --origin … sets the list."
    case .unknownConnector: "The workspace has no connector of that name. List them: reseal connector list"
    case .unknownProvider:
      "The connector's provider is not in the catalogue of this server. Check --providers and reseal provider list."
    case .notFound: "There is no such integration for this customer and connector."
    case .deleted: "The integration was deleted, for good. Connect again without integration_id."
    case .suspended: "The integration is suspended. Resume it first: reseal integration resume"
    case .invalidParameter(let name): "The connection parameter \(name) is missing or not of its form."
    case .noPublicURL: "There is no public URL. Give --public-url, or set RESEAL_PUBLIC_URL."
    case .unknownAttempt: "This link is not known here. Start again from the page you came from."
    case .attemptUsed: "This link was already used. Start again from the page you came from."
    case .attemptExpired: "This took too long, and the link has expired. Start again from the page you came from."
    case .anotherBrowser: "This was started in another browser. Start again from the page you came from."
    case .notConsented: "Nothing was connected, because nobody agreed to it here."
    case .invalidSession: "Name integration_id, or connector and customer."
    case .invalidForm(let field): "Please check the field \(field)."
    }
  }
}

/// Why an attempt ended without a credential; the code stands in the attempt's row, in events and on the page.
package enum AttemptFailure: String, Sendable, CaseIterable {
  case consentDenied = "consent_denied"
  case providerError = "provider_error"
  case issuerMismatch = "issuer_mismatch"
  case exchangeFailed = "exchange_failed"
  case providerUnavailable = "provider_unavailable"
  case unusableReply = "unusable_reply"
  case exchangeRefused = "exchange_refused"
  case connectorMisconfigured = "connector_misconfigured"
  case noRefreshToken = "no_refresh_token"
  case probeFailed = "probe_failed"
  case probeRefused = "probe_refused"
  case scopesMissing = "scopes_missing"
  case wrongAccount = "wrong_account"
  case identityUnknown = "identity_unknown"
  case superseded
  case secretSpent = "secret_spent"
  case replaced
  case suspended
  case windowClosed = "window_closed"
  case expired
  case restored
  case deleted
  case internalError = "internal_error"

  package var message: String {
    switch self {
    case .consentDenied: "Access was not granted."
    case .providerError: "The provider reported an error instead of granting access."
    case .issuerMismatch: "The answer did not come from the provider that was asked."
    case .exchangeFailed: "No answer came from the provider. Please try again."
    case .providerUnavailable:
      "The provider is in trouble at the moment, and did not complete the connection. Please try again in a few minutes."
    case .unusableReply:
      "The provider's answer brought no access. Please try again; if it happens again, tell those who asked you to connect."
    case .exchangeRefused: "The provider did not accept the authorization. Please try again."
    case .connectorMisconfigured: "The provider refuses this application's registration. Its operator must look at it."
    case .noRefreshToken: "The provider gave no lasting access. Remove the application there and try again."
    case .probeFailed: "The provider did not say whose account this is. Please try again."
    case .probeRefused: "The provider does not accept these credentials."
    case .scopesMissing: "Not everything that is needed was allowed. Please try again and leave all boxes ticked."
    case .wrongAccount: "This is another account than the one that is connected."
    case .identityUnknown: "It is not known which account was connected, so this link cannot repair it."
    case .superseded: "The integration was changed meanwhile. Nothing was overwritten."
    case .secretSpent: "This connect secret has been used."
    case .suspended: "The connection was suspended meanwhile, and cannot be renewed until that is lifted."
    case .replaced: "Another window was opened for the same connection."
    case .windowClosed: "The window was closed."
    case .expired: "This took too long, and has expired."
    case .restored: "The server was restored from a backup meanwhile. Please try again."
    case .deleted: "The integration was deleted meanwhile."
    case .internalError: "Something went wrong here. Nothing was changed."
    }
  }
}
