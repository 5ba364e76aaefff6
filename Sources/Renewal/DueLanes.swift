import Custody
import Foundation
import Storage

/// What is due, in lanes: one for each connector. Over all lanes the most urgent comes first; one whose provider is in
/// trouble, or whose rate is used up, holds up no other.
struct DueLanes {
  /// What to do next.
  enum Pick {
    case begin(DueSchedule)
    /// Every lane with work waits for its rate; for so long at least.
    case wait(Duration)
    /// Nothing more can be begun now.
    case nothing
  }

  private var lanes: [String: Lane] = [:]
  private var listedAt: ContinuousClock.Instant?
  private let pageSize: Int
  private let concurrency: Int
  /// Longer than this nobody waits: the lane is looked at again by the next run.
  static let longestWait = Duration.seconds(1)

  init(pageSize: Int, concurrency: Int) {
    self.pageSize = pageSize
    self.concurrency = concurrency
  }

  var inFlight: Int { lanes.values.reduce(0) { $0 + $1.inFlight } }

  /// How long until the first of the lanes that rest may be tried again; `nil` where none rests.
  func nextTry(at boot: BootInstant) -> Duration? {
    lanes.values.compactMap { $0.rest(at: boot) }.min()
  }

  /// The lanes that rest for longer than anybody waits.
  func resting(at boot: BootInstant) -> [String] {
    lanes.values.filter { $0.rest(at: boot).map { $0 > Self.longestWait } ?? false }.map(\.name)
  }

  mutating func next(in custodian: Custodian) throws -> Pick {
    try list(in: custodian)
    let (now, boot) = (custodian.clocks.now(), custodian.clocks.boot())
    let share = share
    let pageSize = pageSize
    var urgent: DueSchedule?
    var wait: Duration?
    for name in lanes.keys {
      if let rest = lanes[name]?.rest(at: boot) {
        if rest <= Self.longestWait { wait = min(wait ?? rest, rest) }
        continue
      }
      guard let row = try lanes[name]?.first(at: now, boot, pageSize, in: custodian), lanes[name]!.inFlight < share,
        isLastPlaceFree || lanes[name]!.inFlight == 0
      else { continue }
      if urgent.map({ row.isMoreUrgent(than: $0) }) ?? true { urgent = row }
    }
    if let urgent {
      lanes[urgent.lane]?.begin()
      return .begin(urgent)
    }
    return wait.map { .wait($0) } ?? .nothing
  }

  /// One lane's slow provider must not take all places while others have work.
  private var share: Int { lanes.values.count { $0.hasWork } > 1 ? max(1, concurrency / 2) : concurrency }

  /// The last of several places is for a lane that has none: what falls due at other providers while slow ones are waited
  /// for is begun all the same.
  private var isLastPlaceFree: Bool { concurrency < 4 || inFlight < concurrency - 1 }

  /// A refresh has ended, or was not begun.
  mutating func end(_ row: DueSchedule, _ outcome: RefreshOutcome, at boot: BootInstant) {
    lanes[row.lane]?.end(row, outcome, at: boot)
  }

  /// New lanes, and new work in those that had none left: looked for once a second.
  private mutating func list(in custodian: Custodian) throws {
    guard listedAt.map({ .now - $0 >= .seconds(1) }) ?? true else { return }
    listedAt = .now
    for name in try custodian.view({ try $0.unauthenticated.refreshLanes() }) {
      lanes[name, default: Lane(name: name)].readAgain()
    }
  }
}

/// One connector's due refreshes, page after page.
private struct Lane {
  let name: String
  private var isExhausted = false
  private var underWay: Set<UUID> = []
  private var page: ArraySlice<DueSchedule> = []
  private var last: DueSchedule?
  /// Milliseconds of the boot clock.
  private var restsUntil: Int64?

  init(name: String) { self.name = name }

  var inFlight: Int { underWay.count }

  var hasWork: Bool { !page.isEmpty || inFlight > 0 }

  func rest(at boot: BootInstant) -> Duration? {
    guard let restsUntil, restsUntil > boot.milliseconds else { return nil }
    return .milliseconds(restsUntil - boot.milliseconds)
  }

  mutating func first(
    at now: Instant, _ boot: BootInstant, _ pageSize: Int, in custodian: Custodian
  ) throws -> DueSchedule? {
    dropBegun()
    while page.isEmpty, !isExhausted {
      let (name, last) = (name, last)
      let rows = try custodian.view { view in
        try view.unauthenticated.dueSchedules(in: name, at: now, boot: boot, after: last, limit: pageSize)
      }
      page = rows[...]
      isExhausted = rows.count < pageSize
      dropBegun()
    }
    return page.first
  }

  mutating func begin() {
    guard let row = page.popFirst() else { return }
    last = row
    underWay.insert(row.integration)
  }

  /// From its start: what was claimed, or due later, when it was read may be free, or due, by now.
  mutating func readAgain() {
    isExhausted = false
    if page.isEmpty { last = nil }
  }

  /// A lane that is read again shows what is under way, until its claim stands.
  private mutating func dropBegun() {
    while let row = page.first, underWay.contains(row.integration) {
      last = row
      page.removeFirst()
    }
  }

  /// What was not begun is due as before: the lane is read from its start again.
  mutating func end(_ row: DueSchedule, _ outcome: RefreshOutcome, at boot: BootInstant) {
    underWay.remove(row.integration)
    switch outcome {
    case .queued(let delay), .resting(_, let delay):
      restsUntil = boot.milliseconds + delay.milliseconds
      (page, last, isExhausted) = ([], nil, false)
    default: break
    }
  }
}

extension DueSchedule {
  fileprivate func isMoreUrgent(than other: DueSchedule) -> Bool {
    (refreshAt.milliseconds, integration.text) < (other.refreshAt.milliseconds, other.integration.text)
  }
}
