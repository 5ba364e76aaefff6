import Custody
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OAuth
import Renewal
import Reseal
import Storage

/// The one shape of an error: `{"error": {"code", "message", …}}`.
struct APIError: Error, Sendable {
  let status: HTTPResponse.Status
  let code: String
  let message: String
  var renewURL: String?
  var retryAfter: Duration?
  var reasonCode: String?

  static let notFound = APIError(status: .notFound, code: "not_found", message: "There is no such thing here.")
  static let unauthorized = APIError(
    status: .unauthorized, code: "unauthorized",
    message: "An access key is missing, unknown or revoked. Send Authorization: Bearer KEY.")
  static let forbidden = APIError(
    status: .forbidden, code: "forbidden", message: "The access key's role does not allow this.")

  static func invalid(_ what: String) -> APIError {
    APIError(status: .badRequest, code: "invalid_request", message: what)
  }

  var response: Response {
    var fields = ["code": code, "message": message]
    fields["renew_url"] = renewURL
    fields["reason_code"] = reasonCode
    var response = Response.json(["error": fields], status: status)
    if let retryAfter {
      response.headers[.retryAfter] = String(max(1, Int((Double(retryAfter.milliseconds) / 1000).rounded(.up))))
    }
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }
}

/// Every error becomes an answer here; what is not expected is logged, and told to nobody.
struct ErrorReplies: RouterMiddleware {
  let log: Logger

  func handle(
    _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      return APIError(error, log: log).response
    }
  }
}

extension APIError {
  /// The exhaustive map from errors to answers.
  init(_ error: any Error, log: Logger) {
    switch error {
    case let error as APIError: self = error
    case let error as ConnectRefusal: self.init(error)
    case let error as CredentialRefusal: self = .invalid(error.message)
    case let error as HTTPError: self.init(error)
    case is NIOTooManyBytesError:
      self.init(status: .contentTooLarge, code: "too_large", message: "The request is larger than 64 KiB.")
    case let error as CustodyError: self.init(error, log: log)
    case let error as StorageError: self.init(error, log: log)
    default:
      log.error("a request failed", metadata: ["error": "\(type(of: error))"])
      self.init(status: .internalServerError, code: "internal_error", message: "Something went wrong here.")
    }
  }

  private init(_ error: HTTPError) {
    switch error.status {
    case .notFound: self = .notFound
    case .contentTooLarge:
      self.init(status: .contentTooLarge, code: "too_large", message: "The request is larger than allowed.")
    default: self.init(status: error.status, code: "invalid_request", message: "The request cannot be understood.")
    }
  }

  private init(_ error: CustodyError, log: Logger) {
    switch error {
    case .notFound: self = .notFound
    case .refused(let what): self.init(status: .conflict, code: "refused", message: what)
    case .superseded:
      self.init(status: .conflict, code: "superseded", message: "Something else changed it meanwhile. Try again.")
    case .integrity, .locked:
      log.critical("\(Explanation.text(of: error))")
      self.init(
        status: .internalServerError, code: "integrity_failure",
        message: "The vault's data does not verify. No value was returned. Its operator must run `reseal verify`.")
    }
  }

  private init(_ error: StorageError, log: Logger) {
    log.error("\(Explanation.text(of: error))")
    switch error {
    case .busy, .unwritable:
      self.init(
        status: .serviceUnavailable, code: "storage_unavailable", message: "The vault cannot write now. Try again.",
        retryAfter: .seconds(5))
    default:
      self.init(status: .internalServerError, code: "storage_failure", message: "The vault's storage failed.")
    }
  }

  init(_ refusal: ConnectRefusal) {
    let status: HTTPResponse.Status =
      switch refusal {
      case .secret: .unauthorized
      case .originNotAllowed, .anotherBrowser, .notConsented: .forbidden
      case .unknownConnector, .notFound, .unknownAttempt: .notFound
      case .deleted, .attemptExpired, .attemptUsed: .gone
      case .suspended: .locked
      case .secretSpent: .conflict
      case .invalidParameter, .invalidForm, .invalidSession: .badRequest
      case .unknownProvider, .noPublicURL: .internalServerError
      }
    self.init(status: status, code: refusal.code, message: refusal.message)
  }

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

extension HTTPResponse.Status {
  static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
}

extension HTTPField.Name {
  static let xAPIKey = HTTPField.Name("X-Api-Key")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
