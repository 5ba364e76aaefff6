import Foundation
import HTTPTypes
import Hummingbird
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

extension HTTPResponse.Status {
  static let locked = HTTPResponse.Status(code: 423, reasonPhrase: "Locked")
}

extension HTTPField.Name {
  static let xAPIKey = HTTPField.Name("X-Api-Key")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
