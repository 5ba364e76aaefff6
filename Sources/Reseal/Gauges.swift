import Custody
import Storage

/// How the vault stands, in numbers.
package struct VaultGauges: Sendable {
  package let stored: StoredGauges
  /// Seconds that the oldest due refresh has waited.
  package let overdue: Double
  package let oldestKeyAge: Double
  /// Seconds that the wall clock has moved more than the boot clock since the process began.
  package let clockJump: Double
  package let doubtsClock: Bool
}

/// Reads them, for scrapers.
package struct Gauges: Sendable {
  private let custodian: Custodian
  private let beganAt: (wall: Instant, boot: BootInstant)

  init(custodian: Custodian) {
    self.custodian = custodian
    beganAt = (custodian.clocks.now(), custodian.clocks.boot())
  }

  package func read() throws -> VaultGauges {
    let (now, boot) = (custodian.clocks.now(), custodian.clocks.boot())
    let (stored, doubtsClock) = try custodian.view { view in
      (try view.unauthenticated.gauges(at: now, boot: boot), try custodian.doubtsClock(in: view))
    }
    let wall = now.milliseconds - beganAt.wall.milliseconds
    return VaultGauges(
      stored: stored, overdue: stored.oldestDue.map { Self.seconds(now.milliseconds - $0.milliseconds) } ?? 0,
      oldestKeyAge: stored.oldestKey.map { Self.seconds(now.milliseconds - $0.milliseconds) } ?? 0,
      clockJump: Self.seconds(wall - (boot.milliseconds - beganAt.boot.milliseconds)),
      doubtsClock: doubtsClock)
  }

  private static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1000 }
}
