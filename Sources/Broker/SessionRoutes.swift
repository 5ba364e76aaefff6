import Custody
import Foundation
import Hummingbird
import Renewal
import Reseal

/// `POST /v1/connect/sessions`: what a backend without a certificate hands to its page, or sends as a link.
struct SessionRoutes: Sendable {
  let assembly: Assembly
  let access: Access

  func add(to router: Router<BasicRequestContext>) {
    router.post("v1/connect/sessions") { request, _ in try await create(request) }
  }

  private struct Body: Decodable {
    let integration_id: UUID?
    let connector: String?
    let customer: String?
    let name: String?
    let state: String?
  }

  private struct Reply: Encodable {
    let token: String
    let url: String?
    let expires_at: String
  }

  private func create(_ request: Request) async throws -> Response {
    let grant = try access.require(.write, request)
    let body = try await request.json(Body.self)
    guard body.name?.utf8.count ?? 0 <= 256, body.state?.utf8.count ?? 0 <= 1024 else {
      throw APIError.invalid("name has at most 256 bytes, and state at most 1024")
    }
    var draft = ConnectSessionDraft(workspace: grant.workspace)
    (draft.integration, draft.connector, draft.customer) = (body.integration_id, body.connector, body.customer)
    (draft.name, draft.state) = (body.name, body.state)
    let session = try assembly.sessions.open(draft)
    let (token, expiresAt) = assembly.sessions.make(session)
    try await assembly.sessions.record(session, by: grant.actor)
    return .json(
      Reply(token: token, url: assembly.sessions.url(of: token), expires_at: expiresAt.text), status: .created)
  }
}
