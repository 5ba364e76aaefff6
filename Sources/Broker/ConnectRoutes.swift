import Custody
import Foundation
import Hummingbird
import Renewal
import Reseal

/// What the SDK posts: attempts and listeners, with the connect secret in the body, never in a URL.
struct ConnectRoutes: Sendable {
  let assembly: Assembly
  private let origins: Origins

  init(assembly: Assembly) {
    self.assembly = assembly
    origins = Origins(workspaces: assembly.workspaces)
  }

  func add(to router: Router<BasicRequestContext>) {
    for path in ["v1/connect/attempts", "v1/connect/listeners"] {
      router.on(RouterPath(path), method: .options) { request, _ in try origins.preflight(request) }
    }
    router.post("v1/connect/attempts") { request, _ in
      try await origins.answer(request) { try await begin(request) } onError: { APIError($0, log: assembly.log) }
    }
    router.post("v1/connect/listeners") { request, _ in
      try await origins.answer(request) { try await listen(request) } onError: { APIError($0, log: assembly.log) }
    }
  }

  private struct AttemptBody: Decodable {
    let connector: String
    let secret: String
    let verifier_hash: String?
    let parameters: [String: String]?
    let state: String?
  }

  private struct AttemptReply: Encodable {
    let attempt: String
    let listener: String
    let url: String
    let expires_at: String
  }

  private func begin(_ request: Request) async throws -> Response {
    let body = try await request.json(AttemptBody.self)
    guard body.verifier_hash?.utf8.count ?? 43 == 43, body.state?.utf8.count ?? 0 <= 1024 else {
      throw APIError.invalid("verifier_hash is base64url(SHA-256(verifier)), and state has at most 1024 bytes")
    }
    guard let base = assembly.address.url else { throw ConnectRefusal.noPublicURL }
    let begun = try await assembly.attempts.begin(
      ConnectRequest(
        connector: body.connector, secret: body.secret, parameters: body.parameters ?? [:],
        verifierHash: body.verifier_hash, origin: request.headers[.origin], state: body.state))
    return .json(
      AttemptReply(
        attempt: begun.attempt.text, listener: begun.listener, url: "\(base)/connect/\(begun.ticket)",
        expires_at: begun.expiresAt.text), status: .created)
  }

  private struct ListenerBody: Decodable {
    let integration: UUID
    let secret: String
  }

  /// A connect secret or session of the same customer opens an integration's stream; its id alone never does.
  private func listen(_ request: Request) async throws -> Response {
    let body = try await request.json(ListenerBody.self)
    let mandate = try assembly.attempts.mandate(of: body.secret)
    try assembly.attempts.requireAllowed(request.headers[.origin], workspace: mandate.workspace)
    guard mandate.integration == nil || mandate.integration == body.integration else { throw ConnectRefusal.notFound }
    let entry = try assembly.directory.entry(
      body.integration, workspace: mandate.workspace, customer: mandate.customer)
    return .json(["listener": assembly.listenerToken.make(entry.integration.integration)], status: .created)
  }
}
