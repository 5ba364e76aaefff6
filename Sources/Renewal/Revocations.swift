import Catalogue
import Custody
import Foundation
import Logging
import OAuth
import Storage

/// What a run over the revocations did.
package struct RevocationSummary: Sendable, Equatable {
  /// How those ended that ended, by outcome.
  package var ended: [RevocationOutcome: Int]
  /// To be tried again by themselves.
  package var pending: Int

  package init(ended: [RevocationOutcome: Int] = [:], pending: Int = 0) { (self.ended, self.pending) = (ended, pending) }
}

/// How a revocation ended. In the audit log as `integration.revoke`.
package enum RevocationOutcome: String, Sendable, CaseIterable {
  case revoked
  /// The provider does not take the token: gone already, or not supported.
  case refused
  /// It would have ended a grant that is in use.
  case shared
  /// The provider offers no revocation, or its connector is gone.
  case unsupported
  case givenUp = "given_up"
}

/// Tells providers of grants that have ended here. Worked off by `serve`, cron and the command line, any number of them
/// together: whoever tells moves the row on first, and telling twice does no harm.
package struct Revocations: Sendable {
  let custodian: Custodian
  let catalogue: ProviderCatalogue
  let endpoints: ProviderEndpoints
  let refresher: Refresher
  let log: Logger
  private static let concurrency = 8

  package init(
    custodian: Custodian, catalogue: ProviderCatalogue, endpoints: ProviderEndpoints, refresher: Refresher, log: Logger
  ) {
    self.custodian = custodian
    self.catalogue = catalogue
    self.endpoints = endpoints
    self.refresher = refresher
    self.log = log
  }

  /// One pass over what is due.
  /// - Parameters:
  ///   - integration: only this one's.
  ///   - mayGoOn: asked before each page.
  package func run(
    of integration: UUID? = nil, while mayGoOn: @Sendable () -> Bool = { true }
  ) async throws -> RevocationSummary {
    await settleStranded()
    var (summary, last): (RevocationSummary, RevocationRow?) = (RevocationSummary(), nil)
    let now = custodian.clocks.now()
    while mayGoOn() {
      let page = try custodian.view { [last] view in
        try view.unauthenticated.dueRevocations(at: now, of: integration, after: last, limit: Self.concurrency)
      }
      guard !page.isEmpty else { break }
      last = page.last
      let outcomes = await withTaskGroup(of: [RevocationOutcome?].self) { group in
        for grants in Dictionary(grouping: page, by: \.integration).values { group.addTask { await tell(grants) } }
        return await group.reduce(into: []) { $0 += $1 }
      }
      for outcome in outcomes {
        if let outcome { summary.ended[outcome, default: 0] += 1 } else { summary.pending += 1 }
      }
    }
    return summary
  }

  /// Until the task is cancelled: after commits of this process, and every five seconds for those of others.
  package func runAlways() async {
    for await _ in custodian.commits.stream(atLeastEvery: .seconds(5)) {
      do { _ = try await run(while: { !Task.isCancelled }) } catch {
        log.error("revocations could not be looked for", metadata: ["error": "\(error)"])
      }
    }
  }

  /// The grants of one integration, one after the other: they take the same claim.
  private func tell(_ grants: [RevocationRow]) async -> [RevocationOutcome?] {
    var outcomes: [RevocationOutcome?] = []
    for row in grants { outcomes.append(await tell(row)) }
    return outcomes
  }

  /// - Returns: `nil` while it is to be tried again.
  private func tell(_ row: RevocationRow) async -> RevocationOutcome? {
    do {
      switch try await take(row) {
      case .ended(let outcome): return outcome
      case .later: return nil
      case .send(let errand): return try await settle(errand, try await send(errand))
      }
    } catch {
      log.error("a provider could not be told of a grant that has ended",
        metadata: ["integration": "\(row.integration.text)", "error": "\(error)"])
      return nil
    }
  }
}
