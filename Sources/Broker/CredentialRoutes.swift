import Catalogue
import Custody
import Foundation
import Hummingbird
import NIOCore
import OAuth
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

  /// `{"kind": "api_key", "fields": {"api_key": "…"}, "connector"?, "customer"?, "expires_at" or "expires_in"?}`.
  private struct PutBody: ~Copyable {
    let kind: CredentialKind
    let fields: CredentialFields
    let connector: String?
    let customer: String?
    let expiresAt: Instant?

    /// `nil` for a body of another form.
    init?(_ bytes: UnsafeRawBufferPointer, at now: Instant) {
      guard let json = SecretJSON(bytes, uniqueKeys: true),
        let kind = json.string(JSONPointer("kind")).flatMap(CredentialKind.init(rawValue:)),
        ["connector", "customer", "expires_at"].allSatisfy(json.isStringOrNothing)
      else { return nil }
      guard let expiry = json.expiry(at: now), let fields = CredentialFields.read(json, at: JSONPointer("fields")) else {
        return nil
      }
      self.kind = kind
      self.fields = fields
      expiresAt = expiry.instant
      connector = json.string(JSONPointer("connector"))
      customer = json.string(JSONPointer("customer"))
    }
  }

  private func put(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let grant = try access.require(.write, request)
    let id = try context.uuid("id")
    let text = try await request.secretBody()
    let now = assembly.now
    let body = text.withBytes { PutBody($0, at: now) }
    guard let body else {
      throw APIError.invalid(
        """
        kind is oauth2, api_key or basic; fields an object of 1 to 32 strings; expires_at, if there, as \
        2026-01-31T12:00:00Z; or expires_in, if there, a number of seconds; not both.
        """)
    }
    let head = try await assembly.integrations.put(
      body.fields, kind: body.kind, expiresAt: body.expiresAt, integration: id,
      workspace: grant.workspace, connector: body.connector, customer: body.customer, by: grant.actor)
    // As this put left it, not read again: by now another caller's version may be the current one.
    return .json(IntegrationSummary(try assembly.directory.entry(of: head)))
  }
}

/// When a credential that is put runs out, if that was said.
private struct PutExpiry {
  let instant: Instant?
  static let longest = 315_360_000.0
}

extension SecretJSON {
  /// `nil` for what is no time, and for two of them.
  fileprivate func expiry(at now: Instant) -> PutExpiry? {
    let (at, within) = (JSONPointer("expires_at"), JSONPointer("expires_in"))
    if !has(within) || isNull(within) {
      guard let text = string(at) else { return PutExpiry(instant: nil) }
      return (try? Date(text, strategy: .iso8601)).map { PutExpiry(instant: Instant($0)) }
    }
    guard string(at) == nil, let seconds = number(within), (0...PutExpiry.longest).contains(seconds) else { return nil }
    return PutExpiry(instant: now + .seconds(Int(seconds)))
  }

  fileprivate func isStringOrNothing(_ name: String) -> Bool {
    let pointer = JSONPointer(name)
    return string(pointer) != nil || isNull(pointer) || !has(pointer)
  }
}

extension Request {
  /// The body as a secret, at most 64 KiB of it. What the HTTP library read it into is beyond reach.
  func secretBody() async throws -> Secret {
    let buffer = try await body.collect(upTo: 65_536)
    return Secret(count: buffer.readableBytes) { target in
      buffer.withUnsafeReadableBytes { target.copyMemory(from: $0) }
    }
  }

  /// The body as JSON, at most 64 KiB of it.
  func json<T: Decodable>(_: T.Type) async throws -> T {
    guard let value = try await optionalJSON(T.self) else {
      throw APIError.invalid("The body is not the JSON that this route takes.")
    }
    return value
  }

  /// The same; `nil` without a body.
  func optionalJSON<T: Decodable>(_: T.Type) async throws -> T? {
    let buffer = try await body.collect(upTo: 65_536)
    if buffer.readableBytes == 0 { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(T.self, from: Data(buffer.readableBytesView))
    } catch {
      throw APIError.invalid("The body is not the JSON that this route takes.")
    }
  }
}
