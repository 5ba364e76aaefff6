import Foundation

/// A moment: milliseconds since 1970-01-01 UTC.
///
/// Reckoning stops at the ends of time, because an instant may come from a column that nothing has proven yet.
package struct Instant: Sendable, Hashable, Comparable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package init(_ date: Date) { milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded()) }

  package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

  /// RFC 3339 in UTC, with seconds.
  package var text: String { date.formatted(.iso8601) }

  /// Reads RFC 3339; `nil` for anything else.
  package init?(text: String) {
    guard let date = try? Date(text, strategy: .iso8601) else { return nil }
    self.init(date)
  }

  package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
  package static func + (instant: Instant, duration: Duration) -> Instant {
    Instant(milliseconds: instant.milliseconds.adding(duration.milliseconds))
  }
  package static func - (instant: Instant, duration: Duration) -> Instant {
    Instant(milliseconds: instant.milliseconds.subtracting(duration.milliseconds))
  }
  package static func - (a: Instant, b: Instant) -> Duration {
    .milliseconds(a.milliseconds.subtracting(b.milliseconds))
  }
}

extension Int64 {
  fileprivate func adding(_ other: Int64) -> Int64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }

  fileprivate func subtracting(_ other: Int64) -> Int64 {
    let (difference, overflows) = subtractingReportingOverflow(other)
    return overflows ? (other < 0 ? .max : .min) : difference
  }
}

extension Duration {
  package var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

/// A moment on the clock that claims are measured by: it does not jump, and starts anew with each boot.
package struct BootInstant: Sendable, Equatable {
  package let boot: String
  package let milliseconds: Int64

  package init(boot: String, milliseconds: Int64) {
    self.boot = boot
    self.milliseconds = milliseconds
  }
}

/// Time as data: passed to initialisers, so that tests own it.
package struct Clocks: Sendable {
  package let now: @Sendable () -> Instant
  package let boot: @Sendable () -> BootInstant
  /// Sets something off later.
  package let after: @Sendable (Duration, @escaping @Sendable () async -> Void) -> Void

  package init(
    now: @escaping @Sendable () -> Instant, boot: @escaping @Sendable () -> BootInstant,
    after: @escaping @Sendable (Duration, @escaping @Sendable () async -> Void) -> Void = Clocks.dispatch
  ) {
    self.now = now
    self.boot = boot
    self.after = after
  }

  /// By the machine's own clock.
  package static let dispatch: @Sendable (Duration, @escaping @Sendable () async -> Void) -> Void = { delay, body in
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay.milliseconds))) {
      Task { await body() }
    }
  }

  /// The wall clock, and `CLOCK_BOOTTIME` with the kernel's boot id.
  package static let system = Clocks(
    now: { Instant(Date()) },
    boot: {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return BootInstant(boot: bootID, milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    })

  private static let bootID: String =
    (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
    .trimmingCharacters(in: .whitespacesAndNewlines) ?? "no-boot-id-\(getpid())"
}
