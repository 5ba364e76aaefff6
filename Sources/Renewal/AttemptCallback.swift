import Catalogue
import Custody
import Exchange
import Foundation
import OAuth
import Sealing
import Storage

/// What the provider sent the browser back with (RFC 6749 §4.1.2, RFC 9207).
package struct CallbackQuery: Sendable {
  package let state: String
  package let code: String?
  package let error: String?
  package let issuer: String?

  package init(state: String, code: String?, error: String?, issuer: String?) {
    self.state = state
    self.code = code
    self.error = error
    self.issuer = issuer
  }
}

/// How an attempt ended, for the page that says so.
package struct AttemptEnd: Sendable {
  package let attempt: AttemptRow
  package let failure: AttemptFailure?
  /// Both masked, for a mismatch.
  package let connectedAccount: String?
  package let offeredAccount: String?
}

extension Attempts {
  /// Takes the provider's answer: consumes `state`, exchanges the code, verifies, and puts or swaps.
  /// - Throws: `ConnectRefusal` for an answer that belongs to no living attempt of this browser; nothing changes then.
  package func callback(
    _ query: CallbackQuery, cookie: @escaping @Sendable (AttemptRow) -> String?
  ) async throws -> AttemptEnd {
    let known = try attempt(state: query.state)
    try Self.requireBrowser(of: known, cookie: cookie(known))
    try Self.requireUsable(known, at: custodian.clocks.now())
    let claim = try await holdRefresh(of: known)
    let (row, connection, client) = try await consume(known, claim: claim)
    if let failure = try refusal(in: query, provider: connection.provider) ?? suspension(of: row) {
      return try await fail(row, failure, claim: claim)
    }
    do {
      return try await exchange(query.code ?? "", row, connection, client, claim: claim)
    } catch let failure as AttemptFailure {
      return try await fail(row, failure, claim: claim)
    } catch {
      // What has landed is kept, and concluded by a sweep. Before that there is nothing to keep.
      _ = try? await fail(row, .internalError, claim: claim, from: [.exchanging])
      throw error
    }
  }

  private func attempt(state: String) throws -> AttemptRow {
    guard let bytes = Base64URL.decode(state),
      let row = try custodian.view({ view in
        try view.rows(AttemptRow.self, matching: ["state_hash": .blob(Digest.sha256(bytes))]).first
      })
    else { throw ConnectRefusal.unknownAttempt }
    return row
  }

  /// One transaction: `state` is used up, whatever comes next.
  private func consume(_ known: AttemptRow, claim: Claim?) async throws -> (AttemptRow, Connection, RecordedClient) {
    let lifetime = Self.lifetime
    do {
      return try await custodian.amend { change in
        guard var row = try change.row(AttemptRow.self, .uuid(known.attempt)) else { throw ConnectRefusal.unknownAttempt }
        try Self.requireUsable(row, at: change.now)
        guard row.state == .authorizing else { throw ConnectRefusal.attemptUsed }
        let connection = try connection(of: row, in: change)
        row.state = .exchanging
        row.expiresAt = change.now + lifetime
        try change.update(row)
        return (row, connection, try change.recordClient(of: connection.connector, by: .customer, purpose: "exchange"))
      }
    } catch {
      if let claim { try? await custodian.amend { try $0.unauthenticatedWrites.release(claim) } }
      throw error
    }
  }

  /// An attempt holds the refresh claim from before the exchange until the swap: no refresh runs meanwhile, and whoever
  /// sweeps sees that somebody is at it. A refresh that is in flight is waited for; if it takes too long, the grant number
  /// in the swap still keeps them apart.
  private func holdRefresh(of row: AttemptRow) async throws -> Claim? {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(20)
    while true {
      let claim = try await custodian.amend { [refresher] change in
        try refresher.take(
          try change.integration(row.integration, workspace: row.workspace), for: Self.claimDuration, in: change)
      }
      if claim != nil || clock.now >= end { return claim }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func refusal(in query: CallbackQuery, provider: Provider) -> AttemptFailure? {
    if let error = query.error {
      let refusal = AuthorizationRefusal(code: error)
      if refusal != .accessDenied {
        log.warning("a provider refused to authorize",
          metadata: ["provider": "\(provider.slug)", "code": "\(refusal?.rawValue ?? "unknown")"])
      }
      return refusal?.failure ?? .providerError
    }
    if let issuer = query.issuer {
      if let expected = provider.issuer, issuer != expected { return .issuerMismatch }
    } else if provider.issuerRequired {
      return .issuerMismatch
    }
    return query.code?.isEmpty == false ? nil : .providerError
  }

  /// The swap looks again; before the exchange there is no new grant yet that the provider might count.
  private func suspension(of row: AttemptRow) throws -> AttemptFailure? {
    guard row.purpose == .renewal else { return nil }
    let head = try custodian.view { try $0.integration(row.integration, workspace: row.workspace) }
    return head.suspendedAt == nil ? nil : .suspended
  }

  private func exchange(
    _ code: String, _ row: AttemptRow, _ connection: Connection, _ client: RecordedClient, claim: Claim?
  ) async throws -> AttemptEnd {
    let verifier = try await custodian.openSecret(
      row.pkceName, workspace: row.workspace, by: .customer, purpose: "exchange")
    let credentials = try client.open(with: custodian)
    let requestedAt = custodian.clocks.now()
    let landed = try await redeem(Secret(copying: Array(code.utf8)), verifier, credentials, connection)
    let verifying = try await land(landed, row)
    return try await conclude(verifying, connection, landed, requestedAt: requestedAt, claim: claim)
  }

  private func redeem(
    _ code: borrowing Secret, _ verifier: consuming Secret, _ client: borrowing ClientCredentials, _ connection: Connection
  ) async throws -> Secret {
    guard let redirectURI = address.redirectURI else { throw ConnectRefusal.noPublicURL }
    do throws(ExchangeFailure) {
      let reply = try await endpoints.exchangeCode(
        provider: connection.provider, client: client, code: code, codeVerifier: consume verifier,
        redirectURI: redirectURI, parameters: connection.parameters)
      return LandedReply.encode(status: reply.status, retryAfter: reply.retryAfter, body: reply.body)
    } catch {
      log.notice("a code could not be exchanged",
        metadata: ["provider": "\(connection.provider.slug)", "reason": "\(error.code)"])
      throw AttemptFailure.exchangeFailed
    }
  }

  /// Seals the raw reply and commits it before it is parsed, so that a crash cannot lose a single-use code's result.
  private func land(_ landed: borrowing Secret, _ row: AttemptRow) async throws -> AttemptRow {
    let sealed = try custodian.seal(landed, name: row.landedName, workspace: row.workspace)
    return try await custodian.amend { change in
      guard var row = try change.row(AttemptRow.self, .uuid(row.attempt)), row.state == .exchanging else {
        throw AttemptFailure.superseded
      }
      row.state = .verifying
      row.expiresAt = change.now + Self.takeOver
      try change.insert(sealed)
      try change.update(row)
      return row
    }
  }

  /// Covers the exchange, every probe, and the commits.
  static var claimDuration: Duration { .seconds(120) }

  /// After this long in `verifying`, whoever sweeps looks whether the process that is at it still lives.
  static var takeOver: Duration { .seconds(5) }
}

extension AttemptFailure: Error {}
