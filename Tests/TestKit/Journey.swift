import Foundation
import Renewal
import Reseal
import Storage
import Synchronization

/// A person's browser on its way through attempts: keeps their cookies, presses the provider's buttons.
package final class Browser: Sendable {
  private let world: World
  private let attempts: Attempts
  private let cookies = Mutex<[UUID: String]>([:])

  package init(_ world: World, at assembly: Assembly? = nil) {
    self.world = world
    attempts = (assembly ?? world.assembly).attempts
  }

  /// The cookies, as the server would look them up.
  package var cookie: @Sendable (AttemptRow) -> String? {
    { row in self.cookies.withLock { $0[row.attempt] } }
  }

  package func visit(_ begun: BegunAttempt) async throws -> AttemptVisit {
    let visit = try await attempts.visit(ticket: begun.ticket, cookie: cookie)
    if let value = visit.newCookie { cookies.withLock { $0[begun.attempt] = value } }
    return visit
  }

  /// Opens the first page and presses its button.
  /// - Returns: the provider's consent page.
  package func consent(
    _ begun: BegunAttempt, verifier: String = "", isConsented: Bool = true
  ) async throws -> String {
    let visit = try await visit(begun)
    return try await attempts.authorize(
      AttemptSubmission(
        ticket: begun.ticket, cookie: cookie, formToken: visit.formToken, verifier: verifier, isConsented: isConsented))
  }

  /// As far as the provider's redirect.
  package func allow(
    _ begun: BegunAttempt, as account: String = "alice", allow: Bool = true
  ) async throws -> CallbackQuery {
    let fields = try await world.provider.decide(try await consent(begun), as: account, allow: allow)
    return CallbackQuery(
      state: fields["state"] ?? "", code: fields["code"], error: fields["error"], issuer: fields["iss"])
  }

  package func callback(_ query: CallbackQuery) async throws -> AttemptEnd {
    try await attempts.callback(query, cookie: cookie)
  }

  /// The whole way.
  package func finish(
    _ begun: BegunAttempt, as account: String = "alice", allow: Bool = true
  ) async throws -> AttemptEnd {
    try await callback(try await self.allow(begun, as: account, allow: allow))
  }
}

extension World {
  /// A connect secret as the company's backend makes it.
  package func secret(
    customer: String = World.customer, renewing integration: UUID? = nil, adding claims: [String: any Sendable] = [:],
    by signer: Signer = .shared
  ) throws -> String {
    var all: [String: any Sendable] = ["workspace_id": workspace.text, "customer_id": customer]
    if let integration { all["integration_id"] = integration.text }
    return try signer.secret(all.merging(claims) { $1 })
  }

  package func begin(
    _ connector: String = "sandbox", customer: String = World.customer, renewing integration: UUID? = nil,
    adding claims: [String: any Sendable] = [:], by signer: Signer = .shared, verifierHash: String? = nil,
    origin: String? = nil
  ) async throws -> BegunAttempt {
    try await assembly.attempts.begin(
      ConnectRequest(
        connector: connector,
        secret: try secret(customer: customer, renewing: integration, adding: claims, by: signer),
        verifierHash: verifierHash, origin: origin))
  }

  /// A first connect from beginning to end.
  package func connect(
    _ connector: String = "sandbox", as account: String = "alice", customer: String = World.customer
  ) async throws -> UUID {
    let begun = try await begin(connector, customer: customer)
    let end = try await Browser(self).finish(begun, as: account)
    guard end.attempt.state == .completed else { throw WaitedTooLong(what: "a connect: \(end.attempt.reason ?? "?")") }
    return begun.integration
  }

  /// A renewal from beginning to end.
  package func renew(
    _ integration: UUID, _ connector: String = "sandbox", as account: String = "alice"
  ) async throws -> AttemptEnd {
    try await Browser(self).finish(try await begin(connector, renewing: integration), as: account)
  }
}

extension World {
  package func addCertificate(_ signer: Signer, to workspace: UUID) async throws {
    _ = try await assembly.certificates.add(
      spki: signer.certificate.spki, workspace: workspace, by: .commandLine)
  }
}
