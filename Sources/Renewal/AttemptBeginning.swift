import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

extension Attempts {
  /// Begins an attempt for a page with a connect secret or session: a first connect, or, with `integration_id`, a
  /// renewal.
  /// - Throws: `ConnectRefusal`.
  package func begin(_ request: ConnectRequest) async throws -> BegunAttempt {
    let mandate = try mandate(of: request.secret)
    try requireAllowed(request.origin, workspace: mandate.workspace)
    let (connector, provider) = try connector(request.connector, workspace: mandate.workspace)
    guard mandate.connector ?? connector.connector == connector.connector else { throw ConnectRefusal.notFound }
    try Self.check(request.parameters, provider)
    var draft = AttemptDraft(
      workspace: mandate.workspace, connector: connector.connector, customer: mandate.customer,
      integration: mandate.integration, authority: mandate.authority)
    draft.name = mandate.name
    draft.clientState = request.state ?? mandate.state
    draft.jti = mandate.jti
    draft.secretNeverExpires = mandate.neverExpires
    draft.parameters = CanonicalJSON.text(request.parameters)
    draft.openerOrigin = request.verifierHash == nil ? nil : request.origin
    draft.verifierHash = request.verifierHash
    if mandate.neverExpires {
      log.notice("a connect secret without exp was accepted", metadata: ["workspace": "\(mandate.workspace.text)"])
    }
    return try await begin(draft)
  }

  /// Begins an attempt for whoever opened the link of a connect session.
  package func begin(session token: String, parameters: [String: String]) async throws -> BegunAttempt {
    let connector = try sessions.claims(in: token).connector
    guard let row = try custodian.view({ try $0.row(ConnectorRow.self, .uuid(connector)) }) else {
      throw ConnectRefusal.unknownConnector
    }
    return try await begin(ConnectRequest(connector: row.slug, secret: token, parameters: parameters))
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
        let row = draft.row(
          id, of: head, listener: listener, ticket: ticket, at: change.now, until: change.now + Self.lifetime)
        // A link is opened by mail scanners too: it ends nothing before somebody goes on from its page.
        if row.authority == .secret || row.verifierHash != nil { try change.cancelOlder(than: row) }
        try change.insert(row)
        if row.purpose == .connect { try change.apply(.attemptOpened, to: &head, attempt: id) }
        if let endless = draft.endlessSecretEntry(id) { try change.record(endless) }
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
        name: draft.name, since: now, lastVersion: try incarnation().floor, parameters: draft.parameters,
        createdAt: now)
      try insert(head)
      return head
    }
    guard let head = try row(IntegrationRow.self, .uuid(id)), head.workspace == draft.workspace,
      head.customer == draft.customer, head.connector == draft.connector
    else { throw ConnectRefusal.notFound }
    try head.requireRenewable()
    return head
  }
}

extension IntegrationRow {
  /// - Throws: `ConnectRefusal.deleted`, `suspended`.
  package func requireRenewable() throws {
    if lifecycle == .deleted { throw ConnectRefusal.deleted }
    if suspendedAt != nil { throw ConnectRefusal.suspended }
  }
}
