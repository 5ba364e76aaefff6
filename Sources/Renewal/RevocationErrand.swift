import Catalogue
import Custody
import Exchange
import Foundation
import OAuth
import Sealing
import Storage

/// One try to tell a provider: what it needs, with the openings recorded.
struct RevocationErrand: Sendable {
  let row: RevocationRow
  let connection: Connection
  let tokens: SealedSecretRow
  let opening: PendingOpening
  let client: RecordedClient
  /// Held while a token is told that ends more than its own grant.
  let claim: Claim?
}

/// What there is to do about a revocation that is due.
enum RevocationStep: Sendable {
  case ended(RevocationOutcome)
  case later
  case send(RevocationErrand)
}

extension Revocations {
  /// One transaction: moves the row on, so that nobody else tells meanwhile, and looks whether it may be told.
  func take(_ due: RevocationRow) async throws -> RevocationStep {
    try await custodian.amend { change in
      guard var row = try change.row(RevocationRow.self, .uuid(due.revocation)), row.dueAt <= change.now else { return .later }
      // At least one try: it may be the clock that has jumped.
      if row.expiresAt <= change.now, row.tries > 0 { return .ended(try change.end(row, .givenUp)) }
      guard let connector = try change.row(ConnectorRow.self, .uuid(row.connector)), connector.removedAt == nil else {
        return .ended(try change.end(row, .unsupported))
      }
      guard let connection = Connection(connector: connector, parameters: row.parameters, catalogue: catalogue) else {
        return try change.postpone(&row, by: .seconds(60))
      }
      guard let endpoint = connection.provider.revocation else { return .ended(try change.end(row, .unsupported)) }
      var claim: Claim?
      if endpoint.scope == .grant {
        switch try change.sharing(of: row, connector) {
        case .used: return .ended(try change.end(row, .shared))
        case .unsettled: return try change.postpone(&row, by: .seconds(10))
        case .unused: break
        }
        let head = try change.integration(row.integration, workspace: row.workspace)
        claim = try refresher.take(head, for: .seconds(60), in: change)
        if claim == nil { return try change.postpone(&row, by: .seconds(10)) }
      }
      row.tries += 1
      _ = try change.postpone(&row, by: Self.delay(after: row.tries))
      return .send(try errand(row, connection, claim, in: change))
    }
  }

  /// A minute, doubling up to an hour: longer than a request takes.
  static func delay(after tries: Int64) -> Duration { .seconds(min(60 << min(tries - 1, 6), 3600)) }

  private func errand(
    _ row: RevocationRow, _ connection: Connection, _ claim: Claim?, in change: CustodyChange
  ) throws -> RevocationErrand {
    guard
      let tokens = try change.row(SealedSecretRow.self, .uuid(row.workspace), .text(row.tokensName), .integer(1))
    else { throw CustodyError.integrity(table: RevocationRow.table, key: row.revocation.text) }
    return RevocationErrand(
      row: row, connection: connection, tokens: tokens,
      opening: try change.recordOpening(of: tokens, by: .vault, purpose: "revoke"),
      client: try change.recordClient(of: connection.connector, by: .vault, purpose: "revoke"), claim: claim)
  }

  /// Tells the provider of each token there is. `nil` where one of them has to be told again.
  func send(_ errand: RevocationErrand) async throws -> RevocationOutcome? {
    let fields = try CredentialFields(
      decoding: try custodian.open(errand.tokens, spending: try errand.opening.recorded()))
    let client = try errand.client.open(with: custodian)
    let isBearer = errand.connection.provider.revocation?.style == .bearer
    var outcome = RevocationOutcome.refused
    for name in isBearer ? ["access_token"] : ["refresh_token", "access_token"] {
      guard let token = fields.secret(name) else { continue }
      do throws(ExchangeFailure) {
        let reply = try await endpoints.revoke(
          provider: errand.connection.provider, client: client, token: token, parameters: errand.connection.parameters)
        switch reply {
        case .accepted: outcome = .revoked
        case .refused, nil: break
        case .unavailable: return nil
        }
      } catch {
        return nil
      }
    }
    return outcome
  }

  func settle(_ errand: RevocationErrand, _ outcome: RevocationOutcome?) async throws -> RevocationOutcome? {
    try await custodian.amend { change in
      if let claim = errand.claim {
        try change.unauthenticatedWrites.release(claim)
        let head = try change.integration(errand.row.integration, workspace: errand.row.workspace)
        if head.lifecycle == .deleted { try change.unauthenticatedWrites.unschedule(head.integration) }
      }
      guard let outcome, let row = try change.row(RevocationRow.self, .uuid(errand.row.revocation)) else { return outcome }
      return try change.end(row, outcome)
    }
  }
}

extension CustodyChange {
  /// Takes a revocation off the list, with its tokens.
  fileprivate func end(_ row: RevocationRow, _ outcome: RevocationOutcome) throws -> RevocationOutcome {
    try delete(SealedSecretRow.self, .uuid(row.workspace), .text(row.tokensName), .integer(1))
    try delete(RevocationRow.self, .uuid(row.revocation))
    try record(
      AuditEntry(
        "integration.revoke", "integration/\(row.integration.text)", workspace: row.workspace, by: .vault,
        detail: ["outcome": outcome.rawValue, "reason": row.reason.rawValue, "tries": String(row.tries)]))
    return outcome
  }

  fileprivate func postpone(_ row: inout RevocationRow, by delay: Duration) throws -> RevocationStep {
    row.dueAt = now + delay
    try update(row)
    return .later
  }
}
