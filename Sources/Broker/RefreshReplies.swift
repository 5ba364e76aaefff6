import HTTPTypes
import Renewal

/// What refreshes and fetches that bring nothing are answered with.
extension APIError {
  /// Why a refresh that was asked for brought nothing; `nil` when it did.
  init?(_ outcome: RefreshOutcome, renewURL: String?) {
    switch outcome {
    case .fresh: return nil
    case .dead(let reason): self.init(.needsReauthorization(reason: reason), renewURL: renewURL)
    case .degraded, .queued, .resting:
      guard let trouble = RefreshTrouble(outcome) else { return nil }
      self.init(trouble)
    case .busy:
      self.init(
        status: .serviceUnavailable, code: "busy", message: "Somebody else is refreshing it. Ask for it in a moment.",
        retryAfter: .seconds(2))
    case .connectorRefused:
      self.init(
        status: .badGateway, code: "connector_misconfigured",
        message: "The provider refuses the connector's registration. Its operator must look at client id and secret.")
    case .notRefreshable:
      self.init(status: .conflict, code: "not_refreshable", message: "There is no refresh token to refresh it with.")
    }
  }

  private init(_ trouble: RefreshTrouble) {
    let code =
      switch trouble.origin {
      case .provider: "provider_unavailable"
      case .storage: "storage_unavailable"
      case .catalogue: RefreshOutcome.unknownProvider
      case .held: "refresh_held"
      }
    self.init(
      status: .serviceUnavailable, code: code, message: trouble.message, retryAfter: trouble.retryAfter,
      reasonCode: trouble.reason)
  }

  /// Why there is no credential now.
  init(_ reason: Unavailability, renewURL: String?) {
    switch reason {
    case .pending:
      self.init(status: .conflict, code: "pending", message: "The customer has not finished connecting.")
    case .needsReauthorization:
      self.init(
        status: .conflict, code: "needs_reauthorization",
        message: "The grant is gone. The customer must connect again, by renew_url or by connect() with integration_id.",
        renewURL: renewURL)
    case .revoked:
      self.init(
        status: .conflict, code: "revoked", message: "Access was withdrawn. The customer can connect again.",
        renewURL: renewURL)
    case .suspended: self.init(status: .locked, code: "suspended", message: "The integration is suspended.")
    case .deleted: self.init(status: .gone, code: "deleted", message: "The integration was deleted.")
    case .providerUnavailable(let retryAfter):
      self.init(
        status: .serviceUnavailable, code: "provider_unavailable",
        message: "The last token has run out, and a new one could not be had yet. It is tried again by itself.",
        retryAfter: retryAfter)
    }
  }
}
