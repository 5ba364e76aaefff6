import Custody
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Renewal
import Reseal
import Storage

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
}
