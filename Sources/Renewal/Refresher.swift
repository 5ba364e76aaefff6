import Catalogue
import Custody
import Exchange
import Foundation
import Logging
import OAuth
import Sealing
import Storage

/// Turns refresh tokens into access tokens, each at most once at a time, however many ask.
///
/// One refresh is: claim and intent in one transaction → exactly one POST on a fresh connection → the raw reply sealed
/// and committed → parsed, and committed against the grant it was made for. A crash between any two of them leaves a
/// row that says how far it came. No database lock is held across HTTP.
package final class Refresher: Sendable {
  let custodian: Custodian
  let catalogue: ProviderCatalogue
  let endpoints: ProviderEndpoints
  let chance: Chance
  let owner: ProcessIdentity
  let log: Logger
  let spool: ReplySpool
  let unknownProviders = UnknownProviders()
  private let flights = SingleFlight<UUID, RefreshOutcome>()

  package init(
    custodian: Custodian, catalogue: ProviderCatalogue, endpoints: ProviderEndpoints, chance: Chance, log: Logger
  ) {
    self.custodian = custodian
    self.catalogue = catalogue
    self.endpoints = endpoints
    self.chance = chance
    self.log = log
    spool = ReplySpool(custodian: custodian, log: log)
    owner = .current()
  }

  /// Refreshes an integration's current credential. Callers that ask at the same time share one run; runs in other
  /// processes are kept apart by the claim.
  package func refresh(
    _ integration: UUID, workspace: UUID, trigger: RefreshTrigger
  ) async throws -> RefreshOutcome {
    try await flights.run(integration) {
      try await RefreshMeter.counting {
        try await self.run(integration, workspace: workspace, trigger: trigger)
      }
    }
  }

  /// Waits for the refreshes that are in flight, and stores what was spooled, if that is possible by now: if not, the
  /// next process finds it.
  package func drain() async {
    await flights.drain()
    if spool.isStanding { await spool.collect() }
    spool.close()
  }

  /// Stores the replies that processes have left in the spool.
  package func collectSpooled() async { await spool.collect() }

  /// What waits in the spool.
  package var spooled: SpoolReport { spool.report }

  func run(
    _ integration: UUID, workspace: UUID, trigger: RefreshTrigger, clientSecret: Int64? = nil, asked: AskedToken? = nil
  ) async throws -> RefreshOutcome {
    switch try await collecting({
      try await begin(
        integration, workspace: workspace, trigger: trigger, clientSecret: clientSecret, asked: asked)
    }) {
    case .ended(let outcome): return outcome
    case .landed(let flight):
      RefreshMeter.note(flight.connection.refreshPolicy.refreshClass)
      let outcome = try await conclude(flight)
      // What an older grant left behind is put away, and answers nobody.
      return flight.isAbout(flight.head) ? outcome : try await run(integration, workspace: workspace, trigger: trigger)
    case .doubtful(let doubt):
      return try await run(
        integration, workspace: workspace, trigger: trigger, clientSecret: clientSecret, asked: try await ask(doubt))
    case .send(let flight):
      RefreshMeter.note(flight.connection.refreshPolicy.refreshClass)
      return try await send(flight)
    }
  }

  /// Where the reply to an earlier use lies in the spool, it is stored first; where that is another process's to do,
  /// somebody else is at it.
  private func collecting(_ begin: () async throws -> RefreshStart) async throws -> RefreshStart {
    do { return try await begin() } catch is SpooledReplyError { await spool.collect() }
    do { return try await begin() } catch is SpooledReplyError { return .ended(.busy) }
  }

  /// The one POST, and what becomes of its reply. Without a place where the reply is safe, nothing is sent.
  private func send(_ flight: RefreshFlight) async throws -> RefreshOutcome {
    let slot: SpoolSlot
    do { slot = try spool.reserve() } catch {
      log.error("there is no room for a reply beside the database; nothing is refreshed", metadata: ["error": "\(error)"])
      return try await close(flight, as: .notSent, "no_spool")
    }
    let secrets: RefreshSecrets
    do { secrets = try await openedSecrets(of: flight) } catch {
      spool.release(slot)
      throw error
    }
    if flight.sendAfter > .zero { await custodian.clocks.wait(flight.sendAfter) }
    let boot = custodian.clocks.boot
    do throws(ExchangeFailure) {
      let reply = try await endpoints.refresh(
        provider: flight.connection.provider, client: secrets.client, refreshToken: secrets.token,
        parameters: flight.connection.parameters, mayStillSend: { flight.isCovered(at: boot()) })
      return await landing(flight, reply, slot)
    } catch {
      spool.release(slot)
      switch error {
      case .notSent(.withdrawn): return try await end(flight, as: .notSent, "claim_ran_out")
      case .notSent: return try await end(flight, as: .notSent, error.code)
      case .uncertain: return try await end(flight, as: .uncertain, error.code)
      }
    }
  }

  /// Closes an attempt without a reply.
  private func end(
    _ flight: RefreshFlight, as state: RefreshAttemptState, _ reason: String
  ) async throws -> RefreshOutcome {
    try await patiently { try await close(flight, as: state, reason) }
  }

  /// A database that cannot take the end of an attempt now is asked again for a while: until it has, nobody may try once
  /// more, and a provider's grace runs out.
  private func patiently(_ body: () async throws -> RefreshOutcome) async throws -> RefreshOutcome {
    var delay = Duration.milliseconds(100)
    while true {
      do { return try await body() } catch let error as StorageError where error.passes && delay < .seconds(10) {
        try await Task.sleep(for: delay)
        delay *= 2
      }
    }
  }

  /// What does not open was certainly not sent, and the attempt says so.
  private func openedSecrets(of flight: RefreshFlight) async throws -> RefreshSecrets {
    do {
      return try RefreshSecrets.opened(flight, with: custodian)
    } catch {
      _ = try? await close(flight, as: .notSent, "not_opened")
      throw error
    }
  }

  private func landing(
    _ flight: RefreshFlight, _ reply: consuming ExchangeReply, _ slot: SpoolSlot
  ) async -> RefreshOutcome {
    do {
      let flight = try await land(flight, reply, slot: slot)
      return try await patiently { try await conclude(flight) }
    } catch is SpooledReplyError {
      return .degraded(reason: "not_stored", retryAfter: .seconds(5))
    } catch {
      log.error("a refresh landed and could not be concluded; it is settled at the next attempt",
        metadata: ["integration": "\(flight.head.integration.text)", "error": "\(error)"])
      _ = try? await custodian.amend(durability: .normal) { try $0.unauthenticatedWrites.release(flight.claim) }
      return .degraded(reason: "not_concluded", retryAfter: .seconds(5))
    }
  }
}

/// What one refresh sends.
private struct RefreshSecrets: ~Copyable {
  let client: ClientCredentials
  let token: Secret

  static func opened(_ flight: RefreshFlight, with custodian: Custodian) throws -> RefreshSecrets {
    let fields = try custodian.open(flight.credential, spending: try flight.credentialOpening.recorded())
    guard let token = fields.secret("refresh_token") else {
      throw CustodyError.integrity(
        table: CredentialRow.table, key: "\(flight.head.integration.text)/\(flight.credential.version)")
    }
    return RefreshSecrets(client: try flight.client.open(with: custodian), token: token)
  }
}
