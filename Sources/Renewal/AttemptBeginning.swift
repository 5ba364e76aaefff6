import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// What a page asks for with a connect secret.
package struct ConnectRequest: Sendable {
  package let connector: String
  package let secret: String
  /// Values for the provider's `${…}`: subdomain, shop.
  package let parameters: [String: String]
  /// base64url(SHA-256(verifier)) of the page's SDK.
  package let verifierHash: String?
  /// The page's origin as the browser states it; `nil` for a plain link.
  package let origin: String?
  package let state: String?

  package init(
    connector: String, secret: String, parameters: [String: String] = [:], verifierHash: String? = nil,
    origin: String? = nil, state: String? = nil
  ) {
    self.connector = connector
    self.secret = secret
    self.parameters = parameters
    self.verifierHash = verifierHash
    self.origin = origin
    self.state = state
  }
}

/// An attempt that has begun: the ticket opens its first page once, the listener id its events.
package struct BegunAttempt: Sendable {
  package let attempt: UUID
  package let integration: UUID
  package let ticket: String
  package let listener: String
  package let expiresAt: Instant
}

extension Attempts {
  /// Begins an attempt for a page with a connect secret: a first connect, or, with `integration_id`, a renewal.
  /// - Throws: `ConnectRefusal`.
  package func begin(_ request: ConnectRequest) async throws -> BegunAttempt {
    let claims = try verifiedClaims(of: request.secret)
    try requireAllowed(request.origin, workspace: claims.workspaceID)
    let (connector, provider) = try connector(request.connector, workspace: claims.workspaceID)
    try Self.check(request.parameters, provider)
    var draft = AttemptDraft(
      workspace: claims.workspaceID, connector: connector.connector, customer: claims.customerID,
      integration: claims.integrationID, authority: .secret)
    draft.name = claims.name
    draft.clientState = request.state ?? claims.state
    draft.jti = claims.jti
    draft.parameters = CanonicalJSON.text(request.parameters)
    draft.openerOrigin = request.verifierHash == nil ? nil : request.origin
    draft.verifierHash = request.verifierHash
    if claims.neverExpires { log.notice("a connect secret without exp was accepted", metadata: ["workspace": "\(claims.workspaceID.text)"]) }
    return try await begin(draft)
  }

  /// Begins a renewal for whoever opened a renewal link.
  package func begin(renewing integration: UUID) async throws -> BegunAttempt {
    let head = try custodian.view { view in
      guard let head = try view.row(IntegrationRow.self, .uuid(integration)) else { throw ConnectRefusal.notFound }
      return head
    }
    return try await begin(
      AttemptDraft(
        workspace: head.workspace, connector: head.connector, customer: head.customer, integration: integration,
        authority: .link))
  }

  /// Who asks: the secret's signature, by a live certificate of the workspace that it names.
  package func verifiedClaims(of secret: String) throws -> ConnectClaims {
    do {
      let unverified = try UnverifiedConnectSecret.parse(secret)
      let certificates = try liveCertificates(of: unverified.workspaceID)
      let audiences = Set(["reseal"] + [address.url].compactMap { $0 })
      let claims = try unverified.verified(
        by: certificates, at: custodian.clocks.now().date, audiences: audiences)
      if let jti = claims.jti { try requireUnspent(jti, workspace: claims.workspaceID) }
      return claims
    } catch let error as ConnectSecretError {
      throw ConnectRefusal.secret(error)
    }
  }

  /// An unknown workspace looks like one without certificates.
  private func liveCertificates(of workspace: UUID) throws -> [WorkspaceCertificate] {
    try custodian.view { view in
      try view.rows(
        CertificateRow.self,
        matching: ["workspace": .uuid(workspace), "state": .word(CertificateState.live)]
      ).map { WorkspaceCertificate(kid: $0.kid, spki: $0.spki) }
    }
  }

  /// A browser states its page's origin; no origin means that no page of anybody's is involved.
  package func requireAllowed(_ origin: String?, workspace: UUID) throws {
    guard let origin else { return }
    let row = try custodian.view { try $0.workspace(workspace) }
    let allowed: [String] = CanonicalJSON.value(from: row.origins) ?? []
    guard allowed.contains(origin) else { throw ConnectRefusal.originNotAllowed }
  }

  private func connector(_ slug: String, workspace: UUID) throws -> (ConnectorRow, Provider) {
    guard let row = try custodian.view({ try $0.connector(slug, workspace: workspace) }) else {
      throw ConnectRefusal.unknownConnector
    }
    guard let provider = catalogue.provider(row.provider) else { throw ConnectRefusal.unknownProvider }
    return (row, provider)
  }

  private static func check(_ parameters: [String: String], _ provider: Provider) throws {
    for (name, value) in parameters {
      guard let input = provider.inputs.first(where: { $0.name == name }), input.pattern.accepts(value) else {
        throw ConnectRefusal.invalidParameter(String(name.prefix(64)))
      }
    }
  }

  private func requireUnspent(_ jti: String, workspace: UUID) throws {
    let spent = try custodian.view { view in
      try view.unauthenticated.row(SpentSecretRow.self, .uuid(workspace), .text(jti)) != nil
    }
    if spent { throw ConnectRefusal.secretSpent }
  }
}

/// An attempt before it has a row.
private struct AttemptDraft: Sendable {
  let workspace: UUID
  let connector: UUID
  let customer: String
  /// The integration to renew; `nil` for a first connect.
  let integration: UUID?
  let authority: AttemptAuthority
  var name: String?
  var clientState: String?
  var jti: String?
  var parameters = "{}"
  var openerOrigin: String?
  var verifierHash: String?

  init(workspace: UUID, connector: UUID, customer: String, integration: UUID?, authority: AttemptAuthority) {
    self.workspace = workspace
    self.connector = connector
    self.customer = customer
    self.integration = integration
    self.authority = authority
  }
}

extension Attempts {
  private func begin(_ draft: AttemptDraft) async throws -> BegunAttempt {
    let ticket = RandomBytes.make(32)
    let listener = Hex.encode(RandomBytes.make(16))
    let id = UUID()
    let entry = AuditEntry(
      "attempt.begin", "attempt/\(id.text)", workspace: draft.workspace, by: .customer,
      detail: ["customer": draft.customer, "purpose": draft.integration == nil ? "connect" : "renewal"])
    return try await recordingMisses(of: draft) {
      try await custodian.change(entry) { change in
        var head = try change.head(for: draft)
        let isFirst = head.lifecycle == .pending
        let row = AttemptRow(
          attempt: id, workspace: draft.workspace, connector: draft.connector, integration: head.integration,
          purpose: isFirst ? .connect : .renewal, authority: draft.authority, name: draft.name,
          clientState: draft.clientState, jti: draft.jti, parameters: head.parameters,
          openerOrigin: draft.openerOrigin, listener: listener, ticketHash: Digest.sha256(ticket),
          verifierHash: draft.verifierHash, grantNumber: head.grantNumber, createdAt: change.now,
          expiresAt: change.now + Self.lifetime)
        // A link is opened by mail scanners too: it ends nothing before somebody goes on from its page.
        if row.authority == .secret { try change.cancelOlder(than: row) }
        try change.insert(row)
        if isFirst { try change.apply(.attemptOpened, to: &head, attempt: id) }
        return BegunAttempt(
          attempt: id, integration: head.integration, ticket: Base64URL.encode(ticket), listener: listener,
          expiresAt: row.expiresAt)
      }
    }
  }

  /// Whoever asks for an integration that is not there, or not theirs, hears one uniform answer; the audit log has the
  /// details.
  private func recordingMisses<R>(of draft: AttemptDraft, _ body: () async throws -> R) async throws -> R {
    do {
      return try await body()
    } catch ConnectRefusal.notFound {
      try await custodian.change(
        AuditEntry(
          "attempt.refuse", "integration/\(draft.integration?.text ?? "")", workspace: draft.workspace, by: .customer,
          detail: ["customer": draft.customer, "connector": draft.connector.text, "reason": "not_found"])
      ) { _ in }
      throw ConnectRefusal.notFound
    }
  }
}

extension CustodyChange {
  /// The integration to renew, or a new one that waits for its first credential.
  fileprivate func head(for draft: AttemptDraft) throws -> IntegrationRow {
    guard let id = draft.integration else {
      let head = IntegrationRow(
        integration: UUID(), workspace: draft.workspace, customer: draft.customer, connector: draft.connector,
        name: draft.name, since: now, parameters: draft.parameters, createdAt: now)
      try insert(head)
      return head
    }
    guard let head = try row(IntegrationRow.self, .uuid(id)), head.workspace == draft.workspace,
      head.customer == draft.customer, head.connector == draft.connector
    else { throw ConnectRefusal.notFound }
    if head.lifecycle == .deleted { throw ConnectRefusal.deleted }
    if head.suspendedAt != nil { throw ConnectRefusal.suspended }
    return head
  }

  /// At most one attempt of an integration waits for its customer: a newer one of the same or stronger authority ends
  /// the older, and its page is told. One whose code is with the provider already is left to finish; the swap decides.
  func cancelOlder(than newer: AttemptRow) throws {
    let older = try rows(
      AttemptRow.self, matching: ["integration": .uuid(newer.integration), "ended_at": .null])
    for attempt in older where attempt.attempt != newer.attempt && newer.authority.outranks(attempt.authority) {
      guard attempt.state == .open || attempt.state == .authorizing else { continue }
      _ = try end(attempt, by: .replaced, claim: nil)
    }
  }

  /// Removes what an ended attempt kept sealed.
  func shred(_ attempt: AttemptRow) throws {
    for name in [attempt.pkceName, attempt.landedName] {
      try delete(SealedSecretRow.self, .uuid(attempt.workspace), .text(name), .integer(1))
    }
  }
}

extension AttemptAuthority {
  fileprivate func outranks(_ other: AttemptAuthority) -> Bool { self == .secret || other == .link }
}
