import Custody
import FamilyProvider
import Foundation
import Reseal
import Sealing
import Storage

/// A provider that is out for a day, and a wall clock that jumps and comes back: no grant has ended, so nobody may be
/// told that one has.
struct Outage: Encodable {
  /// When the clock jumps: before the provider goes out, while it is out, or once it is back.
  enum Moment: String { case before, during, after }

  let integrations: Int
  /// Fetches that were put off, and events that said so.
  private(set) var putOff = 0
  private(set) var degraded = 0
  /// Events that said that a customer is needed.
  private(set) var marked = 0
  /// Events of deadlines.
  private(set) var notices = 0
  /// Without a token that the provider takes, in the end.
  private(set) var unserved = 0
  private(set) var revoked = 0
  private(set) var wrong: [String] = []

  private init(_ integrations: Int) { self.integrations = integrations }

  static func run(_ count: Int, jump: Duration, _ moment: Moment, on stage: Stage) async throws -> Outage {
    let engine = try await stage.open(Strike())
    let subjects = try await stage.subjects(count, by: engine)
    let keepers = try await stage.keepers(max(1, count / 8), by: engine)
    var outage = Outage(count + keepers)
    var day = OutageDay(stage: stage, engine: engine, subjects: subjects)
    try await day.pass(moment, jump)
    outage.putOff = day.putOff
    if day.refused > 0 { outage.wrong.append("\(day.refused) fetches heard that the grant is gone") }
    try await outage.judge(subjects, engine, stage)
    await engine.shutdown()
    return outage
  }

  private mutating func judge(_ subjects: [Subject], _ engine: Assembly, _ stage: Stage) async throws {
    let events = try engine.events.page(workspace: stage.workspace, after: 0, limit: 1_000_000).map(\.type)
    degraded = events.count { $0 == .degraded }
    marked = events.count { $0 == .needsReauthorization }
    notices = events.count { $0 == .expiring }
    let dead = try await unserved(subjects, engine, stage)
    unserved = dead.count
    revoked = stage.provider.all.count { $0.isRevoked }
    if putOff == 0 || degraded == 0 { wrong.append("the outage was not felt") }
    if marked > 0 { wrong.append("\(marked) were said to need their customer") }
    if notices > 0 { wrong.append("\(notices) notices of deadlines") }
    if let first = dead.first { wrong.append("\(unserved) were not served in the end, such as one that says: \(first)") }
    if revoked > 0 { wrong.append("\(revoked) families were revoked") }
  }

  /// Why refreshes are where they are, of each that is not served by a token that the provider takes.
  private func unserved(_ subjects: [Subject], _ engine: Assembly, _ stage: Stage) async throws -> [String] {
    var told: [String] = []
    for subject in subjects where try await !stage.works(subject, by: engine) {
      let head = try engine.directory.entry(subject.integration, workspace: stage.workspace).integration
      told.append(try engine.directory.explanation(of: head).lines.joined(separator: " "))
    }
    return told
  }
}

/// What a server does all day, every half hour, and what its provider does to it.
private struct OutageDay {
  let stage: Stage
  let engine: Assembly
  let subjects: [Subject]
  private var hour = 0
  private(set) var putOff = 0
  private(set) var refused = 0

  init(stage: Stage, engine: Assembly, subjects: [Subject]) {
    (self.stage, self.engine, self.subjects) = (stage, engine, subjects)
  }

  mutating func pass(_ moment: Outage.Moment, _ jump: Duration) async throws {
    try await doubt()
    switch moment {
    case .before:
      stage.clock.jump(jump)
      try await live(hours: 1)
      try await out(22)
      stage.clock.jump(.zero - jump)
      try await out(2)
    case .during:
      try await out(2)
      stage.clock.jump(jump)
      try await out(20)
      stage.clock.jump(.zero - jump)
      try await out(2)
    case .after:
      try await out(24)
      stage.clock.jump(jump)
      try await live(hours: 2)
      stage.clock.jump(.zero - jump)
    }
    try await live(hours: 2)
  }

  /// An eighth, as far as breakers let it come to that, does not know what became of a use: the provider never heard of it.
  private func doubt() async throws {
    try await engine.clock.look()
    stage.clock.advance(Stage.due)
    let doubtful = subjects.enumerated().filter { $0.offset % 8 == 0 }.map(\.element)
    for subject in doubtful { stage.server.set([.resetAfter], for: subject.family) }
    _ = try await engine.due.run(concurrency: 4)
    for subject in doubtful { stage.server.set([], for: subject.family) }
  }

  /// Each quarter of the day in another way.
  private mutating func out(_ hours: Int) async throws {
    for _ in 0..<hours {
      stage.server.reopenIfRefusing()
      switch hour / 6 {
      case 0: stage.server.refuse()
      case 1: stage.server.setOutage(.badGateway)
      case 2: stage.server.setOutage(.busy)
      default: stage.server.setOutage(.maintenancePage)
      }
      try await live(hours: 1)
      if hour % 6 == 1 { try await fetch() }
      hour += 1
    }
    stage.server.setOutage(nil)
    stage.server.reopenIfRefusing()
  }

  private func live(hours: Int) async throws {
    for _ in 0..<(hours * 2) {
      stage.clock.advance(.seconds(1800))
      try await engine.clock.look()
      try await engine.notices.run()
      _ = try await engine.due.run(concurrency: 4)
      _ = try await engine.janitor.run()
      _ = try await engine.attempts.sweep()
    }
  }

  /// What callers hear meanwhile.
  private mutating func fetch() async throws {
    for subject in subjects {
      switch try await engine.supply.credential(
        of: subject.integration, workspace: stage.workspace, validFor: .seconds(60), by: .library)
      {
      case .credential: break
      case .unavailable(.providerUnavailable): putOff += 1
      case .unavailable: refused += 1
      }
    }
  }
}

extension Stage {
  /// Integrations with a token that lives nine days and cannot be refreshed, so that a jump seems to bring its end near.
  /// - Returns: how many.
  func keepers(_ count: Int, by engine: Assembly) async throws -> Int {
    for _ in 0..<count {
      var fields = CredentialFieldsWriter()
      fields.add("access_token", Secret(copying: Array("kept".utf8)))
      _ = try await engine.integrations.put(
        fields.finish(), kind: .oauth2, expiresAt: clock.now + .seconds(9 * 86_400), integration: UUID(),
        workspace: workspace, connector: "storm-0", customer: "customer", by: .commandLine)
    }
    return count
  }
}
