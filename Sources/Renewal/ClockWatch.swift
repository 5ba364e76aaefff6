import Custody
import Foundation
import Logging
import Storage

/// Compares the wall clock, by which tokens expire, with the boot clock, which does not jump.
///
/// A jump may be the mistake or its correction; nobody here can tell. So what can be undone goes on (refreshes are tried,
/// spread), and what cannot waits for a day: ending a grant because its time is over, notices, pruning.
package struct ClockWatch: Sendable {
  private let custodian: Custodian
  private let log: Logger
  /// How long a jump is doubted, unless the clock comes back before.
  package static let doubt = Duration.seconds(24 * 3600)
  /// Over how long that falls due which a jump made due.
  package static let window = Duration.seconds(900)
  /// How often the clocks are written down.
  private static let pause = Duration.seconds(60)

  package init(custodian: Custodian, log: Logger) {
    self.custodian = custodian
    self.log = log
  }

  /// To be called before anything is decided by time.
  /// - Returns: the jump that was found now.
  @discardableResult
  package func look() async throws -> Duration? {
    let (clocks, boot) = (custodian.clocks, custodian.clocks.boot())
    let known = try custodian.view { try $0.clock() }
    if let known, known.boot.boot == boot.boot, !known.hasJumped(to: clocks.now(), boot),
      boot.milliseconds - known.boot.milliseconds < Self.pause.milliseconds
    {
      return nil
    }
    let jump = try await custodian.amend(durability: .normal) { try $0.compareClocks(at: clocks.boot()) }
    if let jump {
      log.error(
        "the wall clock jumped: for a day nothing is ended, told or pruned because of the time",
        metadata: ["seconds": "\(jump.components.seconds)"])
    }
    return jump
  }

  /// What is known of the clock now: by how much it jumped, while that is doubted.
  package func doubtedJump() throws -> Duration? { try Self.doubtedJump(custodian) }

  static func doubtedJump(_ custodian: Custodian) throws -> Duration? {
    try custodian.view { view in
      guard let row = try view.clock(), try custodian.doubtsClock(in: view) else { return nil }
      let (boot, now) = (custodian.clocks.boot(), custodian.clocks.now())
      return .milliseconds(row.jump ?? 0) + (row.hasJumped(to: now, boot) ? row.drift(to: now, boot) : .zero)
    }
  }
}

extension CustodyChange {
  fileprivate func compareClocks(at boot: BootInstant) throws -> Duration? {
    guard let known = try clock() else {
      try store(ClockRow(boot: boot, wall: now))
      return nil
    }
    var row = ClockRow(boot: boot, wall: now)
    if known.isDoubted(at: boot) {
      row.jump = known.jump
      // Over a restart the day begins anew.
      row.doubtedUntil = known.boot.boot == boot.boot ? known.doubtedUntil : boot.milliseconds + ClockWatch.doubt.milliseconds
    } else if let jump = known.jump {
      try record(AuditEntry("clock.believed", "clock", workspace: nil, by: .refresher, detail: ["milliseconds": String(jump)]))
    }
    guard known.hasJumped(to: now, boot) else {
      try store(row)
      return nil
    }
    let jump = known.drift(to: now, boot)
    let total = (row.jump ?? 0) + jump.milliseconds
    let isBack = abs(total) < ClockRow.tolerance.milliseconds
    row.jump = isBack ? nil : total
    row.doubtedUntil = isBack ? nil : boot.milliseconds + ClockWatch.doubt.milliseconds
    try store(row)
    try moveSchedules(by: jump, over: ClockWatch.window)
    try record(
      AuditEntry("clock.jump", "clock", workspace: nil, by: .refresher, detail: ["milliseconds": String(jump.milliseconds)]))
    return jump
  }
}
