import Catalogue
import Exchange
import Foundation
import Logging
import OAuth
import Storage
import Synchronization
import TestKit
import Testing

@testable import Renewal

/// What is said of a refresh that brought nothing: true, and about whom it is.
struct RefreshTroubleTests {
  private static let delay = Duration.seconds(7)

  @Test func everyReasonHasWords() {
    let codes =
      ExchangeFailure.NotSent.allCases.map(\.rawValue).filter { $0 != "withdrawn" }
      + ExchangeFailure.Uncertain.allCases.map(\.rawValue) + TokenRefusal.Reason.allCases.map(\.rawValue)
      + ["no_spool", "not_stored", "not_concluded", "unknown_provider", "clock_jumped", "restored", "claim_ran_out"]
    for code in codes { #expect(ReasonWords.explain(code) != code, "\(code)") }
  }

  @Test(arguments: [
    ("not_stored", RefreshTrouble.Origin.storage), ("not_concluded", .storage), ("no_spool", .storage),
    ("unknown_provider", .catalogue), ("clock_jumped", .held), ("restored", .held), ("server_error", .provider),
    ("name_resolution", .provider), ("invalid_grant", .provider), ("refresh_uncertain", .provider),
  ])
  func saysWhoseDoingItIs(_ reason: String, _ origin: RefreshTrouble.Origin) throws {
    let trouble = try #require(RefreshTrouble(.degraded(reason: reason, retryAfter: Self.delay)))
    #expect(trouble.origin == origin && trouble.reason == reason && trouble.retryAfter == Self.delay)
    #expect(trouble.message.contains("(\(reason))"))
  }

  @Test func whatWasNeverBegunIsNotBlamedOnAnAnswer() throws {
    let queued = try #require(RefreshTrouble(.queued(retryAfter: Self.delay)))
    let resting = try #require(RefreshTrouble(.resting(reason: "server_error", retryAfter: Self.delay)))
    for trouble in [queued, resting] {
      #expect(trouble.origin == .provider && trouble.message.hasPrefix("Nothing was sent"))
    }
    #expect(queued.reason == "queued" && resting.reason == "server_error")
    for outcome in [RefreshOutcome.fresh(version: 1), .busy, .dead(reason: "r"), .notRefreshable] {
      #expect(RefreshTrouble(outcome) == nil)
    }
  }

  @Test func aProviderThatIsNotInTheCatalogueIsToldOnce() async throws {
    try await World.run { world in
      for slug in ["one", "two"] { try await world.addConnector(slug, provider: "never-was") }
      let lines = Lines()
      let unknown = UnknownProviders()
      let log = Logger(label: "test") { _ in lines }
      for slug in ["one", "two", "one"] {
        let row = try #require(try world.custodian.view { try $0.connector(slug, workspace: world.workspace) })
        unknown.note(row, to: log)
      }
      #expect(lines.warnings == ["never-was"])
    }
  }
}

/// The providers that a log was warned of.
private final class Lines: LogHandler, Sendable {
  private let told = Mutex<[String]>([])

  var warnings: [String] { told.withLock { $0 } }
  var metadata: Logger.Metadata { get { [:] } set {} }
  var logLevel: Logger.Level { get { .trace } set {} }

  subscript(metadataKey _: String) -> Logger.Metadata.Value? { get { nil } set {} }

  func log(event: LogEvent) {
    if event.level == .warning { told.withLock { $0.append("\(event.metadata?["provider"] ?? "")") } }
  }
}
