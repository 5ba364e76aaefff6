import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// What a connect session is for: a first connect, or the renewal of an integration. As good as a connect secret, made
/// by the vault for whoever holds an access key, and good for half an hour.
package struct ConnectSession: Sendable, Equatable {
  package let workspace: UUID
  package let connector: UUID
  package let customer: String
  /// Present: a renewal of this integration.
  package let integration: UUID?
  package let name: String?
  package let state: String?

  package static let lifetime = Duration.seconds(30 * 60)
}

/// What somebody asks a session for.
package struct ConnectSessionDraft: Sendable {
  package let workspace: UUID
  /// To be renewed; then customer and connector are its own, and may be left out.
  package var integration: UUID?
  /// By its slug.
  package var connector: String?
  package var customer: String?
  package var name: String?
  package var state: String?

  package init(workspace: UUID) { self.workspace = workspace }
}

/// Connect sessions as tokens: `rcs_` and base64url of `claims ‖ tag 32`. No row is written before somebody uses one;
/// its `jti` is spent when an attempt completes.
package struct ConnectSessions: Sendable {
  private let custodian: Custodian
  private let address: PublicAddress
  private static let prefix = "rcs_"
  private static let longest = 4096

  package init(custodian: Custodian, address: PublicAddress) {
    self.custodian = custodian
    self.address = address
  }

  /// The session that a draft asks for, of what is there and may be connected.
  /// - Throws: `ConnectRefusal`: the same that the attempt would be refused with.
  package func open(_ draft: ConnectSessionDraft) throws -> ConnectSession {
    try custodian.view { view in
      var (connector, customer) = (try connector(draft, in: view), draft.customer)
      if let id = draft.integration {
        guard let head = try view.row(IntegrationRow.self, .uuid(id)), head.workspace == draft.workspace,
          customer ?? head.customer == head.customer, connector ?? head.connector == head.connector
        else { throw ConnectRefusal.notFound }
        try head.requireRenewable()
        (connector, customer) = (head.connector, head.customer)
      }
      guard let connector, let customer else { throw ConnectRefusal.invalidSession }
      guard CustomerID.isValid(customer) else { throw CustodyError.refused(CustomerID.rule) }
      return ConnectSession(
        workspace: draft.workspace, connector: connector, customer: customer, integration: draft.integration,
        name: draft.name, state: draft.state)
    }
  }

  private func connector(_ draft: ConnectSessionDraft, in view: CustodyView) throws -> UUID? {
    guard let slug = draft.connector else { return nil }
    guard let row = try view.connector(slug, workspace: draft.workspace) else { throw ConnectRefusal.unknownConnector }
    return row.connector
  }

  /// Leaves a line in the audit log: who asked for whose session.
  package func record(_ session: ConnectSession, by actor: Actor) async throws {
    let subject = session.integration.map { "integration/\($0.text)" } ?? "connector/\(session.connector.text)"
    try await custodian.change(
      AuditEntry(
        "connect.session", subject, workspace: session.workspace, by: actor, detail: ["customer": session.customer])
    ) { _ in }
  }

  /// The link of a session; `nil` where no public URL is configured.
  package func url(of token: String) -> String? { address.url.map { "\($0)/session/\(token)" } }

  /// Whether a text means to be a session, so that it is not taken for a connect secret.
  static func isSession(_ text: String) -> Bool { text.hasPrefix(prefix) }

  package func make(_ session: ConnectSession) -> (token: String, expiresAt: Instant) {
    let expiresAt = custodian.clocks.now() + ConnectSession.lifetime
    let claims = SessionClaims(session, jti: Hex.encode(RandomBytes.make(16)), expiresAt: expiresAt)
    let bytes = Array(CanonicalJSON.text(claims).utf8)
    return (Self.prefix + Base64URL.encode(bytes + custodian.tag("session", bytes)), expiresAt)
  }

  /// - Throws: `ConnectRefusal.secret`: `malformed` for what this vault has not made, `expired`.
  func claims(in token: String) throws -> SessionClaims {
    guard token.utf8.count <= Self.longest, let bytes = Base64URL.decode(String(token.dropFirst(Self.prefix.count))),
      bytes.count > 32, constantTimeEqual(Array(bytes.suffix(32)), custodian.tag("session", bytes.dropLast(32))),
      let claims: SessionClaims = CanonicalJSON.value(from: String(decoding: bytes.dropLast(32), as: UTF8.self))
    else { throw ConnectRefusal.secret(.malformed) }
    guard claims.expiresAt > custodian.clocks.now() else { throw ConnectRefusal.secret(.expired) }
    return claims
  }
}

/// What stands in the token.
struct SessionClaims: Codable, Sendable {
  private let expires: Int64
  let jti: String
  let workspace: UUID
  let connector: UUID
  let customer: String
  let integration: UUID?
  let name: String?
  let state: String?

  init(_ session: ConnectSession, jti: String, expiresAt: Instant) {
    (expires, self.jti) = (expiresAt.milliseconds, jti)
    (workspace, connector, customer) = (session.workspace, session.connector, session.customer)
    (integration, name, state) = (session.integration, session.name, session.state)
  }

  var expiresAt: Instant { Instant(milliseconds: expires) }
}
