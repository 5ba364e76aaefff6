import Catalogue
import Custody
import Foundation
import HTTPTypes
import Hummingbird
import Renewal
import Reseal
import Sealing
import Storage

/// Top-level navigations: what people see. Errors are pages here, with the status they would have as JSON.
struct PageRoutes: Sendable {
  let assembly: Assembly

  func add(to router: Router<BasicRequestContext>) {
    router.get("connect/opening") { _, _ in AttemptPages.opening.response() }
    router.get("connect/:ticket") { request, context in
      try await page { try await visit(request, try ticket(context)) }
    }
    router.post("connect/:ticket/continue") { request, context in
      try await page { try await proceed(request, try ticket(context)) }
    }
    router.post("connect/:ticket/submit") { request, context in
      try await page { try await submit(request, try ticket(context)) }
    }
    router.get("oauth/callback") { request, _ in try await page { try await callback(request) } }
    router.get("renew/:token") { _, context in try await page { try await renew(context) } }
    router.get("session/:token") { request, context in try await page { try await openSession(request, context) } }
    router.get("v1/credentials/:connector/register") { request, context in
      try await page { try await register(request, context) }
    }
  }

  private func page(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch {
      let error = APIError(error, log: assembly.log)
      return AttemptPages.refusal(error).response(status: error.status)
    }
  }

  private func ticket(_ context: BasicRequestContext) throws -> String {
    guard let ticket = context.parameters.get("ticket"), ticket.utf8.count == 43 else {
      throw ConnectRefusal.unknownAttempt
    }
    return ticket
  }

  private var isSecure: Bool { assembly.address.url?.hasPrefix("https://") == true }

  private func cookie(_ request: Request) -> @Sendable (AttemptRow) -> String? {
    let (cookies, isSecure) = (request.cookies, isSecure)
    return { cookies[$0.cookieName(isSecure: isSecure)]?.value }
  }

  private func visit(_ request: Request, _ ticket: String, problem: String? = nil) async throws -> Response {
    let visit = try await assembly.attempts.visit(ticket: ticket, cookie: cookie(request))
    let path = "/connect/\(ticket)"
    let page =
      visit.provider.kind == .oauth2
      ? AttemptPages.ticket(visit, path: path) : AttemptPages.form(visit, path: path, problem: problem)
    var response = page.response(status: problem == nil ? .ok : .unprocessableContent)
    if let cookie = visit.newCookie { response.setCookie(attemptCookie(visit.attempt, cookie)) }
    return response
  }

  private func attemptCookie(_ attempt: AttemptRow, _ value: String) -> Cookie {
    Cookie(
      name: attempt.cookieName(isSecure: isSecure), value: value, maxAge: 900, path: "/", secure: isSecure,
      httpOnly: true, sameSite: .lax)
  }

  private func proceed(_ request: Request, _ ticket: String) async throws -> Response {
    try requireOwnPage(request)
    let form = try await FormFields.body(of: request)
    let url = try await assembly.attempts.authorize(submission(form, ticket, request))
    return AttemptPages.leaving(to: url).response()
  }

  private func submit(_ request: Request, _ ticket: String) async throws -> Response {
    try requireOwnPage(request)
    let form = try await FormFields.body(of: request)
    let submission = submission(form, ticket, request)
    let visit = try await assembly.attempts.visit(ticket: ticket, cookie: cookie(request))
    var fields = CredentialFieldsWriter()
    for field in visit.provider.fields {
      guard let value = form.secret(field.name) else {
        return try await self.visit(request, ticket, problem: ConnectRefusal.invalidForm(field.label).message)
      }
      fields.add(field.name, value)
    }
    switch try await assembly.attempts.submit(fields.finish(), submission) {
    case .ended(let end): return AttemptPages.end(end).response(status: end.failure?.status ?? .ok)
    case .tryAgain(let failure): return try await self.visit(request, ticket, problem: failure.message)
    }
  }

  private func submission(_ form: borrowing FormFields, _ ticket: String, _ request: Request) -> AttemptSubmission {
    AttemptSubmission(
      ticket: ticket, cookie: cookie(request), formToken: form.text("token"), verifier: form.text("verifier"),
      isConsented: form.text("consent") == "yes")
  }

  /// Forms come from our own pages (RFC 6454 origins); a browser that states another one is not believed.
  private func requireOwnPage(_ request: Request) throws {
    guard let origin = request.headers[.origin], origin != "null" else { return }
    guard origin == assembly.address.url else { throw ConnectRefusal.anotherBrowser }
  }

  private func callback(_ request: Request) async throws -> Response {
    let query = request.uri.queryParameters
    guard let state = query.get("state") else {
      throw APIError.invalid("The provider sent no state. Start again from the page you came from.")
    }
    let end = try await assembly.attempts.callback(
      CallbackQuery(
        state: state, code: query.get("code"), error: query.get("error"), issuer: query.get("iss")),
      cookie: cookie(request))
    return AttemptPages.end(end).response(status: end.failure?.status ?? .ok)
  }

  private func renew(_ context: BasicRequestContext) async throws -> Response {
    guard let token = context.parameters.get("token"), let id = assembly.renewLink.integration(in: token) else {
      throw ConnectRefusal.unknownAttempt
    }
    return .seeOther("/connect/\(try await assembly.attempts.begin(renewing: id).ticket)")
  }

  /// The link of a connect session: the token leaves the URL at the first hop.
  private func openSession(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    guard let token = context.parameters.get("token") else { throw ConnectRefusal.unknownAttempt }
    let begun = try await assembly.attempts.begin(session: token, parameters: Self.parameters(request, besides: []))
    return .seeOther("/connect/\(begun.ticket)")
  }

  /// The plain link: the secret leaves the URL at the first hop.
  private func register(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let query = request.uri.queryParameters
    guard let secret = query.get("secret"), let connector = context.parameters.get("connector") else {
      throw APIError.invalid("The link has no secret.")
    }
    let begun = try await assembly.attempts.begin(
      ConnectRequest(
        connector: connector, secret: secret, parameters: Self.parameters(request, besides: ["secret", "state"]),
        state: query.get("state")))
    return .seeOther("/connect/\(begun.ticket)")
  }

  /// Connection parameters in a query; the first of a name counts.
  private static func parameters(_ request: Request, besides names: Set<String>) -> [String: String] {
    Dictionary(
      request.uri.queryParameters.map { (String($0.key), String($0.value)) }.filter { !names.contains($0.0) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension AttemptFailure {
  /// A failed attempt is a page that explains it, with a status that monitoring can see.
  fileprivate var status: HTTPResponse.Status {
    switch self {
    case .wrongAccount, .identityUnknown, .superseded, .secretSpent: .conflict
    case .suspended: .locked
    case .exchangeFailed, .providerUnavailable, .unusableReply, .probeFailed, .exchangeRefused, .providerError, .issuerMismatch: .badGateway
    case .internalError, .connectorMisconfigured: .internalServerError
    default: .badRequest
    }
  }
}
