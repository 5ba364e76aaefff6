import Foundation

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

  /// Returns after `delay`.
  package func wait(_ delay: Duration) async {
    await withCheckedContinuation { continuation in after(delay) { continuation.resume() } }
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
