import Foundation
import Sealing

/// What the wall clock and the boot clock said when they were last compared.
package struct ClockRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "clock"
  package static let key = ["id"]
  package static let columns = ["id", "boot", "boot_time", "wall", "jump", "doubted_until"]

  package var boot: BootInstant
  package var wall: Instant
  /// By how much the wall clock is ahead of where it was believed to be, milliseconds; `nil` while it is believed.
  package var jump: Int64?
  /// On the boot clock, milliseconds.
  package var doubtedUntil: Int64?
  package var seal = RowSeal.none

  package init(boot: BootInstant, wall: Instant, jump: Int64? = nil, doubtedUntil: Int64? = nil) {
    self.boot = boot
    self.wall = wall
    self.jump = jump
    self.doubtedUntil = doubtedUntil
  }

  package var values: [ColumnValue] {
    [
      .integer(1), .text(boot.boot), .integer(boot.milliseconds), .instant(wall), .optional(jump), .optional(doubtedUntil),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    _ = try columns.integer()
    boot = BootInstant(boot: try columns.text(), milliseconds: try columns.integer())
    wall = try columns.instant()
    jump = try columns.optionalInteger()
    doubtedUntil = try columns.optionalInteger()
    seal = try columns.seal()
  }
}

extension ClockRow {
  /// How much further the wall clock has moved since than time has. Over a restart only a clock that went back is seen.
  package func drift(to wall: Instant, _ now: BootInstant) -> Duration {
    let moved = wall - self.wall
    guard now.boot == boot.boot else { return min(moved, .zero) }
    return moved - .milliseconds(now.milliseconds - boot.milliseconds)
  }

  /// What is put down to clocks that run unevenly.
  package static let tolerance = Duration.seconds(60)

  package func hasJumped(to wall: Instant, _ now: BootInstant) -> Bool {
    let drift = drift(to: wall, now)
    return drift >= Self.tolerance || drift <= .zero - Self.tolerance
  }

  /// Whether an earlier jump is too fresh to be believed.
  package func isDoubted(at now: BootInstant) -> Bool {
    doubtedUntil.map { now.boot != boot.boot || now.milliseconds < $0 } ?? false
  }
}
