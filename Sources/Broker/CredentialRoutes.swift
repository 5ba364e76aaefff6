import Custody
import Foundation
import Hummingbird
import NIOCore
import Renewal
import Reseal
import Sealing
import Storage

/// Credentials out and in: `GET` and `PUT /v1/integrations/{id}/credential`.
struct CredentialRoutes: Sendable {
  let assembly: Assembly
  let access: Access
  private static let defaultValidity = 60
  private static let longestValidity = 86_400

  func add(to router: Router<BasicRequestContext>) {
    router.get("v1/integrations/:id/credential") { request, context in try await fetch(request, context) }
    router.put("v1/integrations/:id/credential") { request, context in try await put(request, context) }
  }

  private func fetch(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let grant = try access.require(.use, request)
    let id = try context.uuid("id")
    let query = request.uri.queryParameters
    let validFor = try Self.validity(query.get("valid_for"))
    switch try await assembly.supply.credential(
      of: id, workspace: grant.workspace, customer: query.get("customer"), validFor: validFor, by: grant.actor)
    {
    case .credential(let opened): return Self.reply(opened)
    case .unavailable(let reason): throw APIError(reason, renewURL: assembly.renewLink.url(for: id))
    }
  }

  private static func validity(_ text: String?) throws -> Duration {
    guard let text else { return .seconds(defaultValidity) }
    guard let seconds = Int(text), (0...longestValidity).contains(seconds) else {
      throw APIError.invalid("valid_for is a number of seconds from 0 to \(longestValidity)")
    }
    return .seconds(seconds)
  }

  /// Every field but the refresh token, which never leaves the vault.
  private static func reply(_ opened: borrowing OpenedCredential) -> Response {
    var object = SecretObject()
    object.add("integration_id", opened.integration.integration.text)
    object.add("customer_id", opened.integration.customer)
    object.add("kind", opened.credential.kind.rawValue)
    object.add("version", opened.credential.version)
    object.add("expires_at", opened.credential.expiresAt?.text)
    object.add("scopes", opened.credential.scopes)
    for name in opened.fields.names where name != "refresh_token" {
      opened.fields.withField(name) { object.add(name, $0) }
    }
    return object.finish().withBytes { .bytes(ByteBuffer(bytes: $0), type: "application/json") }
  }

  /// `{"kind": "api_key", "fields": {"api_key": "…"}, "connector"?, "customer"?, "expires_at"?}`.
  private struct PutBody: Decodable {
    let kind: String
    let fields: [String: String]
    let connector: String?
    let customer: String?
    let expires_at: Date?
  }

  private func put(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let grant = try access.require(.write, request)
    let id = try context.uuid("id")
    let body = try await request.json(PutBody.self)
    guard let kind = CredentialKind(rawValue: body.kind), !body.fields.isEmpty, body.fields.count <= 32 else {
      throw APIError.invalid("kind is oauth2, api_key or basic, and fields is an object of 1 to 32 strings")
    }
    var fields = CredentialFieldsWriter()
    for (name, value) in body.fields.sorted(by: { $0.key < $1.key }) {
      fields.add(name, Secret(copying: Array(value.utf8)))
    }
    let head = try await assembly.integrations.put(
      fields.finish(), kind: kind, expiresAt: body.expires_at.map { Instant($0) }, integration: id,
      workspace: grant.workspace, connector: body.connector, customer: body.customer, by: grant.actor)
    return .json(IntegrationSummary(try assembly.directory.entry(head.integration, workspace: grant.workspace)))
  }
}

extension Request {
  /// The body as JSON, at most 64 KiB of it.
  func json<T: Decodable>(_: T.Type) async throws -> T {
    let buffer = try await body.collect(upTo: 65_536)
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(T.self, from: Data(buffer.readableBytesView))
    } catch {
      throw APIError.invalid("The body is not the JSON that this route takes.")
    }
  }
}
