import Foundation
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("openings of the same caller")
struct RepeatedOpeningTests {
  /// A clock that the test moves, with alarms that the test sets off.
  private final class Time: Sendable {
    private let now = Mutex<Int64>(1_760_000_000_000)
    private let alarms = Mutex<[@Sendable () async -> Void]>([])

    var clocks: Clocks {
      Clocks(
        now: { [self] in Instant(milliseconds: now.withLock { $0 }) }, boot: Clocks.fixed.boot,
        after: { [self] _, body in alarms.withLock { $0.append(body) } })
    }

    var alarmsSet: Int { alarms.withLock(\.count) }

    func advance(_ seconds: Int64) { now.withLock { $0 += seconds * 1000 } }

    func ring() async {
      let due = alarms.withLock { alarms in
        defer { alarms = [] }
        return alarms
      }
      for body in due { await body() }
    }
  }

  private struct Setting {
    let vault: TestVault
    let custodian: Custodian
    let time = Time()

    init(faults: Faults = .none) async throws {
      vault = try await TestVault.make()
      custodian = try await Custodian.open(
        at: vault.folder.database, rootKey: vault.rootKey, clocks: time.clocks, faults: faults)
    }

    func read(by actor: Actor = .library, purpose: String = "serve") async throws {
      _ = try await custodian.openCredential(
        of: vault.first.integrations[0], workspace: vault.first.workspace, by: actor, purpose: purpose)
    }

    func details() throws -> [String] {
      try custodian.audit().filter { $0.action == "credential.open" }.map(\.detail)
    }
  }

  @Test("stand in the log once a minute, with the count of the others at its end")
  func counted() async throws {
    let setting = try await Setting()
    for _ in 1...5 { try await setting.read() }
    #expect(try setting.details().count == 1)
    setting.time.advance(60)
    try await setting.read()
    #expect(try setting.details().count == 2, "a new minute has an entry of its own")
    await setting.custodian.recordRepeats(endedBefore: setting.time.clocks.now())
    #expect(try setting.details().last?.contains(#""again":"4""#) == true)
    #expect(try setting.custodian.verifyAudit().isSound)
  }

  @Test("are written down when their minute is over, though nobody asks again")
  func writtenDown() async throws {
    let setting = try await Setting()
    try await setting.read()
    setting.time.advance(20)
    for _ in 1...2 { try await setting.read(by: .accessKey("later")) }
    for (second, entries) in [(30, 2), (60, 2), (90, 3)] {
      #expect(setting.time.alarmsSet == 1)
      setting.time.advance(second == 30 ? 10 : 30)
      await setting.time.ring()
      #expect(try setting.details().count == entries, "after \(second) s")
    }
    #expect(try setting.details().last?.contains(#""again":"1""#) == true)
    #expect(setting.time.alarmsSet == 0, "there is nothing left to look after")
  }

  @Test("a caller who opened once is forgotten after his minute")
  func forgotten() async throws {
    let setting = try await Setting()
    for number in 1...3 { try await setting.read(by: .accessKey("\(number)")) }
    #expect(setting.time.alarmsSet == 1)
    setting.time.advance(60)
    await setting.time.ring()
    #expect(setting.time.alarmsSet == 0)
    #expect(try setting.details().count == 3)
  }

  @Test("are kept apart by caller, purpose and version")
  func apart() async throws {
    let setting = try await Setting()
    try await setting.read()
    try await setting.read(by: .accessKey("a"))
    try await setting.read(by: .accessKey("b"))
    try await setting.read(purpose: "reveal")
    try await setting.custodian.put("new", to: setting.vault.first.integrations[0], in: setting.vault.first)
    try await setting.read()
    #expect(try setting.details().count == 5)
  }

  @Test("are written down when the vault is closed")
  func closed() async throws {
    let setting = try await Setting()
    for _ in 1...3 { try await setting.read() }
    try await setting.custodian.close()
    let last = try setting.vault.custodian.audit().last
    #expect(last?.detail.contains(#""again":"2""#) == true)
  }

  @Test("each have an entry where the workspace asks for it")
  func every() async throws {
    let setting = try await Setting()
    let workspace = setting.vault.first.workspace
    try await setting.custodian.change(.test) { change in
      var row = try change.workspace(workspace)
      row.rules.recordEveryOpening = true
      try change.update(row)
    }
    for _ in 1...3 { try await setting.read() }
    #expect(try setting.details().count == 3)
  }

  @Test("of many at once all have their entry before they get anything")
  func atOnce() async throws {
    let setting = try await Setting()
    let opened = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<200 {
        group.addTask {
          try await setting.read(by: .accessKey("\(number)"))
          return try setting.custodian.audit().count { $0.actor == "access-key/\(number)" }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(opened == Array(repeating: 1, count: 200))
    #expect(try setting.custodian.verifyAudit().isSound)
  }

  @Test("a commit that fails takes nobody down who came after it")
  func failsForItself() async throws {
    struct Struck: Error {}
    let running = Mutex<Setting?>(nil)
    let later = Mutex<Task<Void, any Error>?>(nil)
    let setting = try await Setting(
      faults: Faults { point in
        guard point.description == "before credential.open", let setting = running.withLock({ $0.take() }) else { return }
        later.withLock { $0 = Task { try await setting.read(by: .accessKey("later")) } }
        let deadline = Date() + 15
        while setting.custodian.openings.queue.count == 0, Date() < deadline { sched_yield() }
        throw Struck()
      })
    running.withLock { $0 = setting }
    await #expect(throws: Struck.self) { try await setting.read() }
    try await later.withLock { $0 }?.value
    #expect(try setting.custodian.audit().last?.actor == "access-key/later")
  }

  @Test("one that is not there fails alone")
  func failsAlone() async throws {
    let setting = try await Setting()
    async let good: Void = setting.read(by: .accessKey("good"))
    await #expect(throws: CustodyError.notFound) {
      _ = try await setting.custodian.openCredential(
        of: UUID(), workspace: setting.vault.first.workspace, by: .library, purpose: "serve")
    }
    try await good
  }
}
