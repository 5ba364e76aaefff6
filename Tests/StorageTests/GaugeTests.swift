import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("gauges")
struct GaugeTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store
  private let boot = BootInstant(boot: "boot-1", milliseconds: 1000)

  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
  }

  @Test("what is unwell is counted by connector, state and reason; what is well is not")
  func troubles() async throws {
    let samples = samples
    try await store.write(.normal) { tx in
      for (lifecycle, health, reason, count) in [
        (Lifecycle.ready, Health.ok, nil, 5), (.ready, .degraded, "unrecognised", 3), (.deleted, .ok, nil, 2),
        (.needsReauthorization, .ok, "invalid_grant", 4),
      ] as [(Lifecycle, Health, String?, Int)] {
        for _ in 0..<count {
          var row = samples.integrationRow(UUID())
          (row.lifecycle, row.health, row.reasonCode) = (lifecycle, health, reason)
          try tx.insert(row)
        }
      }
    }
    let (gauges, troubles) = try store.read { (try $0.gauges(at: samples.now, boot: boot), try $0.troubles()) }
    #expect(gauges.unwell.first { $0.state == "degraded" }?.count == 3)
    // The sample that is there already is one of them.
    #expect(gauges.unwell.first { $0.state == "needs_reauthorization" }?.count == 5)
    #expect(troubles.map { "\($0.state) \($0.reason ?? "") \($0.count)" } == [
      "degraded unrecognised 3", "needs_reauthorization invalid_grant 4", "needs_reauthorization r 1",
    ])
    #expect(troubles.allSatisfy { $0.connector == samples.connector.text })
  }

  @Test("refreshes that ended in doubt are counted within the last hour and day")
  func uncertain() async throws {
    let samples = samples
    try await store.write(.normal) { tx in
      for (fence, state, ago) in [
        (11, .uncertain, 60), (12, .committed, 60), (13, .uncertain, 7200), (14, .uncertain, 90_000),
      ] as [(Int64, RefreshAttemptState, Int)] {
        try tx.insert(samples.refreshAttemptRow(fence: fence, state: state, endedAt: samples.now + .seconds(-ago)))
      }
    }
    let gauges = try store.read { try $0.gauges(at: samples.now, boot: boot) }
    #expect(gauges.uncertainWithin.map { "\($0.seconds) \($0.count)" } == ["3600 1", "86400 2"])
  }

  @Test("no scrape reads a table of integrations, schedules, attempts or events from end to end")
  func plans() async throws {
    let (samples, boot) = (samples, boot)
    let plans = try await store.write(.normal) { tx in
      let seen = Traced()
      tx.db.trace { if case .statement(let statement) = $0 { seen.add(statement.expandedSQL) } }
      _ = try tx.gauges(at: samples.now, boot: boot)
      tx.db.trace(options: [])
      return try seen.all.flatMap { sql in
        try Row.fetchAll(tx.db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
      }
    }
    #expect(plans.contains { $0.hasPrefix("SEARCH schedules USING COVERING INDEX schedules_due") }, "\(plans)")
    #expect(plans.contains { $0.contains("INDEX refresh_attempts_uncertain (ended_at>?)") }, "\(plans)")
    for table in ["integrations", "schedules", "attempts", "refresh_attempts", "events"] {
      #expect(!plans.contains("SCAN \(table)"), "\(plans)")
    }
  }
}

private final class Traced: @unchecked Sendable {
  private let lock = NSLock()
  private var texts: [String] = []

  var all: [String] { lock.withLock { texts } }
  func add(_ text: String) { lock.withLock { texts.append(text) } }
}
