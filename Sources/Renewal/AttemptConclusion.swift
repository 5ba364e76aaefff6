import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// A new credential that was checked, not yet stored: what the last step of an attempt needs.
struct VerifiedCandidate: ~Copyable {
  let fields: CredentialFields
  let kind: CredentialKind
  let identity: AccountIdentity?
  let scopes: String
  let life: TokenLifetime
  var grantLife = GrantLife()
}

extension Attempts {
  /// Parses a landed reply, verifies what it brought, and puts or swaps.
  func conclude(
    _ row: AttemptRow, _ connection: Connection, _ landed: borrowing Secret, requestedAt: Instant, claim: Claim?
  ) async throws -> AttemptEnd {
    let outcome = try LandedReply.withDecoded(landed) { status, retryAfter, body in
      TokenReply.parse(provider: connection.provider, status: status, retryAfter: retryAfter, body: body)
    }
    switch consume outcome {
    case .refused(let refusal):
      return try await fail(row, AttemptFailure(refusal), claim: claim)
    case .granted(let grant):
      let life = TokenLifetime(grant, connection.refreshPolicy, before: nil, requestedAt: requestedAt)
      let grantLife = GrantLife(
        connection.refreshPolicy, began: requestedAt, replied: grant.refreshExpiresIn, requestedAt: requestedAt)
      let result = await probe(grant.accessToken, connection)
      let scopes = grant.scope ?? connection.connector.scopes
      let candidate = VerifiedCandidate(
        fields: TokenFields.make(grant, keepingFrom: nil), kind: .oauth2, identity: result.accountIdentity, scopes: scopes,
        life: life, grantLife: grantLife)
      return try await judge(candidate, probed: result, row, connection, claim: claim)
    }
  }

  /// Asks whose token it is. A provider that does not answer is asked again, a few times: the code is spent, and what it
  /// brought would be thrown away.
  private func probe(_ token: borrowing Secret, _ connection: Connection) async -> ProbeResult {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(45)
    var pauses = probePauses[...]
    while true {
      let result = await endpoints.probe(
        provider: connection.provider, accessToken: token, parameters: connection.parameters)
      guard result.passes, let pause = pauses.popFirst(), clock.now + pause < end else { return result }
      try? await Task.sleep(for: pause)
    }
  }

  /// The checks before anything is stored, in the order of the design: lasting access, identity, scopes.
  func judge(
    _ candidate: consuming VerifiedCandidate, probed: ProbeResult, _ row: AttemptRow, _ connection: Connection,
    claim: Claim?
  ) async throws -> AttemptEnd {
    let head = try custodian.view { try $0.integration(row.integration, workspace: row.workspace) }
    if let failure = try failure(of: candidate, probed: probed, head, row, connection) {
      return try await fail(row, failure, claim: claim, head: head, offered: candidate.identity)
    }
    return try await store(candidate, row, connection, claim: claim)
  }

  private func failure(
    of candidate: borrowing VerifiedCandidate, probed: ProbeResult, _ head: IntegrationRow, _ row: AttemptRow,
    _ connection: Connection
  ) throws -> AttemptFailure? {
    if row.purpose == .renewal, try hadRefreshToken(head), !candidate.fields.names.contains("refresh_token") {
      return .noRefreshToken
    }
    if connection.provider.probe != nil, candidate.identity == nil { return probed.failure }
    if row.purpose == .renewal {
      let check = IdentityCheck.compare(
        connection.connector.identityPolicy, stored: head.identity, offered: candidate.identity,
        isSigned: row.authority.isSigned)
      if case .refused(let failure) = check { return failure }
    }
    guard candidate.kind == .oauth2 else { return nil }
    return GrantedScopes(candidate.scopes).cover(connection.connector.scopes) ? nil : .scopesMissing
  }

  private func hadRefreshToken(_ head: IntegrationRow) throws -> Bool {
    guard let version = head.currentVersion else { return false }
    return try custodian.view { try $0.credential(of: head, version: version).refreshable }
  }

  /// Seals for the version that comes next, and commits; again, if another version came in between.
  private func store(
    _ candidate: consuming VerifiedCandidate, _ row: AttemptRow, _ connection: Connection, claim: Claim?
  ) async throws -> AttemptEnd {
    while true {
      let head = try custodian.view { try $0.integration(row.integration, workspace: row.workspace) }
      var material = CredentialMaterial(
        sealed: try custodian.seal(candidate.fields, integration: head, version: head.lastVersion + 1),
        kind: candidate.kind, origin: row.purpose == .connect ? .connect : .renewal, scopes: candidate.scopes,
        refreshable: candidate.fields.names.contains("refresh_token"),
        fingerprint: custodian.fingerprint(of: candidate.fields), expiresAt: candidate.life.expiresAt,
        lifetime: candidate.life.lifetime)
      material.grantLife = candidate.grantLife
      do {
        return try await swap(
          material, row, connection, identity: candidate.identity, expecting: head.lastVersion, claim: claim)
      } catch CustodyError.superseded {
        continue
      } catch let failure as AttemptFailure {
        try await abandon(candidate.fields, of: row, connection)
        return try await fail(row, failure, claim: claim)
      }
    }
  }

  /// Tokens that came for an integration that has ended meanwhile: its customer has withdrawn, so the provider is told.
  private func abandon(_ fields: borrowing CredentialFields, of row: AttemptRow, _ connection: Connection) async throws {
    let head = try custodian.view { try $0.integration(row.integration, workspace: row.workspace) }
    guard head.hasEnded, connection.provider.revocation != nil else { return }
    let doomed = try custodian.doom(fields, of: head, actor: nil)
    try await custodian.amend { change in
      let head = try change.integration(row.integration, workspace: row.workspace)
      if head.hasEnded { try change.revokeLater(doomed, of: head, because: .late) }
    }
  }

  /// The last step, by compare-and-swap on the grant number: credential, state, schedule, event and audit in one
  /// transaction. Before it the old credential is untouched, after it the new one is served.
  private func swap(
    _ material: CredentialMaterial, _ row: AttemptRow, _ connection: Connection, identity: AccountIdentity?,
    expecting last: Int64, claim: Claim?
  ) async throws -> AttemptEnd {
    let draw = chance.draw()
    let entry = AuditEntry(
      row.purpose == .connect ? "integration.connect" : "integration.renew", "integration/\(row.integration.text)",
      workspace: row.workspace, by: .customer, detail: ["version": String(last + 1)])
    return try await custodian.change(entry) { change in
      guard var attempt = try change.row(AttemptRow.self, .uuid(row.attempt)), attempt.state == row.state else {
        throw AttemptFailure.superseded
      }
      var head = try change.integration(row.integration, workspace: row.workspace)
      guard head.grantNumber == attempt.grantNumber, head.lifecycle != .deleted else { throw AttemptFailure.superseded }
      guard head.lastVersion == last else { throw CustodyError.superseded }
      if attempt.purpose == .renewal, head.suspendedAt != nil { throw AttemptFailure.suspended }
      try change.spend(attempt)
      try change.recordTrust(in: identity, of: head, attempt)
      head.adopt(identity)
      if let name = attempt.name { head.name = name }
      head.verifiedAt = identity == nil ? head.verifiedAt : change.now
      let event: IntegrationEvent = attempt.purpose == .connect ? .attemptCompleted : .renewalCompleted
      try change.commit(material, to: &head, raisingGrant: true, event: event, attempt: attempt.attempt)
      if attempt.purpose == .connect, connection.connector.importPolicy == .immediate {
        try change.apply(.importDone, to: &head, attempt: attempt.attempt)
      }
      let refreshAt = RefreshSchedule.refreshAt(material, usedAt: change.now, chance: draw)
      try change.unauthenticatedWrites.schedule(
        head.integration, workspace: head.workspace, refreshAt: refreshAt, failures: 0)
      try change.end(&attempt, as: .completed, reason: nil, claim: claim)
      return AttemptEnd(attempt: attempt, failure: nil, connectedAccount: nil, offeredAccount: nil)
    }
  }
}

extension CustodyChange {
  /// Whoever repairs an integration of an unknown account first gives it its account: trust on first use, on record.
  fileprivate func recordTrust(in identity: AccountIdentity?, of head: IntegrationRow, _ attempt: AttemptRow) throws {
    guard attempt.purpose == .renewal, head.identity == nil, let identity else { return }
    try record(
      AuditEntry(
        "integration.trust", "integration/\(head.integration.text)", workspace: head.workspace, by: .customer,
        detail: ["account": identity.masked, "attempt": attempt.attempt.text, "authority": attempt.authority.rawValue]))
  }

  /// A secret with `jti` is spent when an attempt completes.
  fileprivate func spend(_ attempt: AttemptRow) throws {
    guard let jti = attempt.jti else { return }
    do {
      try spend(SpentSecretRow(workspace: attempt.workspace, jti: jti, spentAt: now))
    } catch StorageError.conflict {
      throw AttemptFailure.secretSpent
    }
  }
}

extension AttemptFailure {
  fileprivate init(_ refusal: TokenRefusal) {
    switch refusal {
    case .transient(_, .rateLimited), .transient(_, .serverError), .transient(_, .temporarilyUnavailable),
      .transient(_, .gateway):
      self = .providerUnavailable
    case .transient: self = .unusableReply
    case .terminal: self = .exchangeRefused
    case .connector: self = .connectorMisconfigured
    }
  }
}

extension ProbeResult {
  /// Whether another answer may come.
  fileprivate var passes: Bool {
    switch self {
    case .unavailable, .unreachable: true
    case .identity, .refused, .unusable: false
    }
  }

  /// What an attempt is told when no identity came.
  fileprivate var failure: AttemptFailure {
    if case .refused = self { .probeRefused } else { .probeFailed }
  }
}
