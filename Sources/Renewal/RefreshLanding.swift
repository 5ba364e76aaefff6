import Catalogue
import Custody
import Exchange
import Foundation
import OAuth
import Sealing
import Storage

/// From the raw reply to the end of a refresh.
extension Refresher {
  /// Seals the raw reply and commits it, before anybody has parsed it: it may hold the only living refresh token. Where
  /// the database cannot take it, the spool does; while neither can, it is kept in memory and both are tried again.
  /// - Throws: `SpooledReplyError` once it lies in the spool, from where it is stored later.
  func land(_ flight: RefreshFlight, _ reply: consuming ExchangeReply, slot: SpoolSlot) async throws -> RefreshFlight {
    let row = flight.seal.seal(
      LandedReply.encode(status: reply.status, retryAfter: reply.retryAfter, body: reply.body))
    var flight = flight
    (flight.attempt.state, flight.attempt.status) = (.landed, Int64(reply.status))
    let landed = flight
    var delay = Duration.seconds(1)
    while true {
      do {
        try await store(row, landed)
        spool.release(slot)
        return landed
      } catch {
        log.critical("a refresh reply cannot be stored in the database",
          metadata: ["integration": "\(landed.head.integration.text)", "error": "\(error)"])
        let failure = error
        do {
          try spool.keep(SpooledReply(landed, row), in: slot)
          collectLater()
          throw SpooledReplyError()
        } catch let error as StorageError {
          log.critical("nor in the spool: it is kept in memory and tried again", metadata: ["error": "\(error)"])
          guard (failure as? StorageError)?.passes ?? false else { throw failure }
        }
      }
      try await Task.sleep(for: delay)
      delay = min(delay * 2, .seconds(15))
    }
  }

  /// Tries until all that this process has spooled is stored.
  private func collectLater() {
    let spool = spool
    Task {
      var delay = Duration.seconds(1)
      while spool.isStanding {
        try await Task.sleep(for: delay)
        await spool.collect()
        delay = min(delay * 2, .seconds(15))
      }
    }
  }

  /// One transaction: the sealed reply, the attempt's new state, and a claim that covers what comes next.
  private func store(_ row: SealedSecretRow, _ flight: RefreshFlight) async throws {
    let boot = custodian.clocks.boot()
    try await custodian.amend { change in
      try change.insert(row)
      try change.update(flight.attempt)
      try change.unauthenticatedWrites.extend(flight.claim, boot: boot, for: RefreshFlight.claimDuration)
    }
  }

  /// Parses a landed reply and ends the attempt accordingly.
  func conclude(_ flight: RefreshFlight) async throws -> RefreshOutcome {
    let (flight, row, opening) = try await recordLanded(flight)
    let landed = try custodian.open(row, spending: try opening.recorded())
    let provider = flight.connection.provider
    let outcome = try LandedReply.withDecoded(landed) { status, retryAfter, body in
      TokenReply.parse(provider: provider, status: status, retryAfter: retryAfter, body: body)
    }
    switch consume outcome {
    case .granted(let grant): return try await commit(grant, flight)
    case .refused(let refusal): return try await refused(refusal, flight)
    }
  }

  /// Records the opening of the raw reply, and a second one of the credential: the first was spent on the request.
  private func recordLanded(
    _ flight: RefreshFlight
  ) async throws -> (RefreshFlight, SealedSecretRow, PendingOpening) {
    try await custodian.amend(durability: .normal) { change in
      guard
        let row = try change.row(
          SealedSecretRow.self, .uuid(flight.head.workspace), .text(flight.landedName), .integer(1))
      else { throw CustodyError.notFound }
      var flight = flight
      flight.credentialOpening = try change.recordOpening(of: flight.credential, by: .refresher, purpose: "conclude")
      return (flight, row, try change.recordOpening(of: row, by: .refresher, purpose: "conclude"))
    }
  }

  private func commit(_ grant: consuming TokenGrant, _ flight: RefreshFlight) async throws -> RefreshOutcome {
    let old = try custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
    // What an older grant left behind keeps nothing from the one that is there now.
    let fields = TokenFields.make(grant, keepingFrom: flight.isAbout(flight.head) ? consume old : nil)
    let (policy, requestedAt) = (flight.connection.refreshPolicy, flight.attempt.startedAt)
    let life = TokenLifetime(grant, policy, before: flight.credential.ttl, requestedAt: requestedAt)
    let grantLife = try grantLife(of: flight, replied: grant.refreshExpiresIn)
    let scopes = grant.scope ?? flight.credential.scopes
    while true {
      let head = try custodian.view { try $0.integration(flight.head.integration, workspace: flight.head.workspace) }
      if head.hasEnded {
        do { return try await discard(fields, flight, of: head) } catch CustodyError.superseded { continue }
      }
      var material = CredentialMaterial(
        sealed: try custodian.seal(fields, integration: head, version: head.lastVersion + 1), kind: .oauth2,
        origin: .refresh, scopes: scopes, refreshable: fields.names.contains("refresh_token"),
        fingerprint: custodian.fingerprint(of: fields), expiresAt: life.expiresAt, lifetime: life.lifetime)
      material.grantLife = grantLife
      do {
        return try await store(material, flight, expecting: head.lastVersion)
      } catch CustodyError.superseded {
        continue
      }
    }
  }

  /// What the reply says of the grant's end, beside the provider's limit.
  private func grantLife(of flight: RefreshFlight, replied: Duration?) throws -> GrantLife {
    try custodian.view { view in
      let began =
        replied == nil ? nil : try view.beginning(of: flight.attempt.grantNumber, flight.head.integration)
      return GrantLife(
        flight.connection.refreshPolicy, began: began, replied: replied, requestedAt: flight.attempt.startedAt)
    }
  }

  /// Current only if the head still has the grant and the token that were used; otherwise archived, or, after a
  /// disconnect or delete, discarded. A late refresh never undoes a renewal.
  private func store(
    _ material: CredentialMaterial, _ flight: RefreshFlight, expecting last: Int64
  ) async throws -> RefreshOutcome {
    let (draw, boot) = (chance.draw(), custodian.clocks.boot())
    return try await custodian.amend { change in
      var head = try change.integration(flight.head.integration, workspace: flight.head.workspace)
      guard head.lastVersion == last, !head.hasEnded else { throw CustodyError.superseded }
      try change.noteSuccess(of: flight, at: boot)
      let isCurrent = flight.isAbout(head)
      if isCurrent {
        try change.commit(material, to: &head, raisingGrant: false, event: .refreshSucceeded)
        let refreshAt = RefreshSchedule.refreshAt(material, usedAt: flight.attempt.startedAt, chance: draw)
        try change.unauthenticatedWrites.schedule(
          head.integration, workspace: head.workspace, refreshAt: refreshAt, failures: 0)
      } else {
        try change.archive(material, of: &head, grant: flight.attempt.grantNumber)
      }
      try change.end(flight, as: isCurrent ? .committed : .archived, reason: nil)
      try change.record(
        AuditEntry(
          isCurrent ? "credential.refresh" : "credential.archive", "integration/\(head.integration.text)",
          workspace: head.workspace, by: .refresher, detail: ["version": String(head.lastVersion)]))
      return .fresh(version: head.currentVersion ?? head.lastVersion)
    }
  }
}

extension StorageError {
  /// Whether waiting may help: a held lock, a full disk.
  var passes: Bool {
    switch self {
    case .busy, .unwritable: true
    default: false
    }
  }
}

extension CustodyChange {
  /// Ends an attempt: its row says how, the landed reply is shredded, the claim is let go.
  func end(_ flight: RefreshFlight, as state: RefreshAttemptState, reason: String?) throws {
    var attempt = flight.attempt
    (attempt.state, attempt.reason, attempt.endedAt) = (state, reason, now)
    try update(attempt)
    try delete(SealedSecretRow.self, .uuid(attempt.workspace), .text(flight.landedName), .integer(1))
    try unauthenticatedWrites.release(flight.claim)
  }
}
