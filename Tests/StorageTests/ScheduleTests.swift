import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("schedules")
struct ScheduleTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store
  private let ids = (0..<6).map { _ in UUID() }
  private let boot = BootInstant(boot: "boot-1", milliseconds: 1000)

  /// Six integrations, due at 500, 400, … 0 before `now`; the third is on demand only.
  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
    let (samples, ids) = (samples, ids)
    try await store.write(.normal) { tx in
      try tx.delete(ScheduleRow.self, matching: ["integration": .uuid(samples.integration)])
      for (index, id) in ids.enumerated() {
        try tx.insert(samples.integrationRow(id))
        let due = samples.now - .milliseconds(500 - 100 * index)
        try tx.schedule(id, workspace: samples.workspace, refreshAt: index == 2 ? nil : due, failures: 0)
      }
    }
  }

  private func due(at now: Instant, limit: Int = 10) throws -> [UUID] {
    try store.read { try $0.dueSchedules(in: samples.connector.text, at: now, boot: boot, limit: limit) }.map(\.integration)
  }

  @Test("what is due comes in the order of its instants")
  func order() throws {
    #expect(try due(at: samples.now) == [ids[0], ids[1], ids[3], ids[4], ids[5]])
    #expect(try due(at: samples.now - .milliseconds(350)) == [ids[0], ids[1]])
    #expect(try due(at: samples.now - .milliseconds(501)) == [])
    #expect(try due(at: samples.now, limit: 2) == [ids[0], ids[1]])
    #expect(try store.read { try $0.nextDue() } == samples.now - .milliseconds(500))
  }

  @Test("asked again after the last one, it goes on where it stopped, also among equals", arguments: [1, 2, 5])
  func pages(limit: Int) async throws {
    let (samples, ids) = (samples, ids)
    try await store.write(.normal) { tx in
      for id in ids { try tx.schedule(id, workspace: samples.workspace, refreshAt: samples.now, failures: 0) }
    }
    var (found, last): ([UUID], DueSchedule?) = ([], nil)
    repeat {
      let page = try store.read { try $0.dueSchedules(in: samples.connector.text, at: samples.now, boot: boot, after: last, limit: limit) }
      found += page.map(\.integration)
      last = page.last
    } while last != nil
    #expect(found == ids.sorted { $0.text < $1.text })
  }

  @Test("what is claimed is somebody's already; a dead claim is nobody's")
  func claimed() async throws {
    let (boot, id, workspace) = (boot, ids[0], samples.workspace)
    _ = try await store.write(.normal) {
      try $0.claim(id, workspace: workspace, owner: "a", boot: boot, for: .seconds(1))
    }
    #expect(try due(at: samples.now).first == ids[1])
    let later = BootInstant(boot: "boot-1", milliseconds: 2000)
    let reborn = BootInstant(boot: "boot-2", milliseconds: 0)
    for boot in [later, reborn] {
      #expect(try store.read { try $0.dueSchedules(in: samples.connector.text, at: samples.now, boot: boot, limit: 1) }.map(\.integration) == [id])
    }
  }

  @Test("scheduling again moves the instant and leaves claim and fence alone")
  func again() async throws {
    let (boot, id, samples) = (boot, ids[0], samples)
    _ = try await store.write(.normal) {
      try $0.claim(id, workspace: samples.workspace, owner: "a", boot: boot, for: .seconds(1))
    }
    try await store.write(.normal) { tx in
      try tx.schedule(id, workspace: samples.workspace, refreshAt: samples.now + .seconds(9), failures: 3)
    }
    let row = try #require(try store.read { try $0.row(ScheduleRow.self, .uuid(id)) })
    #expect(row.refreshAt == samples.now + .seconds(9))
    #expect(row.failures == 3)
    #expect(row.fence == 1)
    #expect(row.claimOwner == "a")
  }

  @Test("an instant or a count that somebody wrote there is drawn into bounds, and reckoned with")
  func bounds() async throws {
    let id = ids[0]
    func row(_ refreshAt: Int64, _ failures: Int64) throws -> ScheduleRow {
      try folder.attack("UPDATE schedules SET refresh_at = \(refreshAt), failures = \(failures) WHERE integration = '\(id.text)'")
      return try #require(try store.read { try $0.row(ScheduleRow.self, .uuid(id)) })
    }
    let late = try row(.max, .max)
    #expect(late.refreshAt == Instant(milliseconds: 1 << 53))
    #expect(late.failures == 1_000_000)
    let early = try row(.min, .min)
    #expect(early.refreshAt == Instant(milliseconds: 0))
    #expect(early.failures == 0)
    let next = try #require(try store.read { try $0.nextDue() })
    #expect(next - samples.now == .milliseconds(Int64.min))
    #expect(samples.now - next == .milliseconds(Int64.max))
    #expect(try due(at: samples.now) == [ids[0], ids[1], ids[3], ids[4], ids[5]])
  }

  @Test("a fence out of bounds is damage, which is found by name and holds up no other", arguments: [-1, 1 << 53, Int64.max])
  func fence(value: Int64) async throws {
    try folder.attack("UPDATE schedules SET fence = \(value) WHERE integration = '\(ids[0].text)'")
    #expect(throws: StorageError.malformedRow(table: "schedules")) {
      try store.read { try $0.row(ScheduleRow.self, .uuid(ids[0])) }
    }
    #expect(try due(at: samples.now) == [ids[0], ids[1], ids[3], ids[4], ids[5]])
  }

  @Test("time ends where it can be counted no further")
  func endsOfTime() {
    let (first, last) = (Instant(milliseconds: .min), Instant(milliseconds: .max))
    #expect(first - .seconds(1) == first && last + .seconds(1) == last)
    #expect(first + .milliseconds(-1) == first && last - .milliseconds(-1) == last)
    #expect(last - first == .milliseconds(Int64.max) && first - last == .milliseconds(Int64.min))
    #expect(samples.now + .seconds(1) - .seconds(1) == samples.now)
  }

  /// How the engine goes about the first statement with `words` that `body` runs.
  private func plan(
    _ words: String = "FROM schedules", _ body: @escaping @Sendable (WriteTransaction) throws -> Void
  ) async throws -> [String] {
    try await store.write(.normal) { tx in
      let seen = Statements()
      tx.db.trace { if case .statement(let statement) = $0 { seen.add(statement.expandedSQL) } }
      try body(tx)
      tx.db.trace(options: [])
      let sql = seen.all.first { $0.contains(words) } ?? ""
      return try Row.fetchAll(tx.db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
    }
  }

  @Test("a page of what is due comes by index, and nothing is sorted")
  func planOfPage() async throws {
    let lane = samples.connector.text
    let plan = try await plan { tx in
      _ = try tx.dueSchedules(
        in: lane, at: Instant(milliseconds: 5), boot: BootInstant(boot: "b", milliseconds: 1), limit: 3)
    }
    #expect(plan.count == 1)
    #expect(plan.first?.hasPrefix("SEARCH schedules USING INDEX schedules_by_connector (") == true, "\(plan)")
  }

  @Test("the next due instant is one seek, whatever it comes after", arguments: [nil, Instant(milliseconds: 5)])
  func planOfNextDue(moment: Instant?) async throws {
    let plan = try await plan { tx in _ = try tx.nextDue(after: moment) }
    #expect(plan.count == 1)
    #expect(plan.first?.contains("schedules USING INDEX schedules_due") == true, "\(plan)")
  }

  @Test("who holds claims is read from an index of claims alone")
  func planOfOwners() async throws {
    let plan = try await plan { tx in _ = try tx.claimOwners(limit: 10) }
    #expect(plan.count == 1)
    #expect(plan.first?.contains("USING COVERING INDEX schedules_by_owner") == true, "\(plan)")
  }

  @Test("a claim is one seek by key")
  func planOfClaim() async throws {
    let (id, workspace, boot) = (ids[0], samples.workspace, boot)
    let plan = try await plan("UPDATE schedules SET fence") { tx in
      _ = try tx.claim(id, workspace: workspace, owner: "a", boot: boot, for: .seconds(1))
    }
    #expect(plan == ["SEARCH schedules USING INDEX sqlite_autoindex_schedules_1 (integration=?)"])
  }

  @Test("lanes are listed by seeks, one for each: no statement walks over what is scheduled")
  func planOfLanes() async throws {
    let plan = try await plan { tx in _ = try tx.refreshLanes() }
    let onTable = plan.filter { $0.contains("schedules") }
    #expect(onTable.count == 2)
    #expect(onTable.allSatisfy { $0.hasPrefix("SEARCH schedules USING COVERING INDEX schedules_by_connector") }, "\(plan)")
  }

  @Test("a connector with work is a lane, once, however much work it has")
  func lanes() async throws {
    #expect(try store.read { try $0.refreshLanes() } == [samples.connector.text])
    let (other, sample) = (UUID(), samples)
    try await store.write(.normal) { tx in
      var connector = try #require(try tx.row(ConnectorRow.self, .uuid(sample.connector)))
      (connector.connector, connector.slug) = (other, "other")
      try tx.insert(connector)
      for (id, at) in [(UUID(), sample.now as Instant?), (UUID(), nil)] {
        var row = sample.integrationRow(id)
        row.connector = other
        try tx.insert(row)
        try tx.schedule(id, workspace: sample.workspace, refreshAt: at, failures: 0)
      }
    }
    #expect(try store.read { try $0.refreshLanes() } == [sample.connector.text, other.text].sorted())
    let due = try store.read { try $0.dueSchedules(in: other.text, at: sample.now, boot: boot, limit: 9) }
    #expect(due.count == 1 && due.first?.lane == other.text)
    #expect(try store.read { try $0.nextDue(after: sample.now) } == nil)
  }
}

/// What a connection ran, in order.
private final class Statements: @unchecked Sendable {
  private let lock = NSLock()
  private var texts: [String] = []

  var all: [String] { lock.withLock { texts } }
  func add(_ text: String) { lock.withLock { texts.append(text) } }
}
