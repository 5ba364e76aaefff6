import Foundation
import Storage
import Synchronization

/// Time that moves when told to: the vault's wall clock and boot clock, and the provider's, which is always right.
package final class VirtualTime: Sendable {
  private struct State {
    var now: Int64 = 1_760_000_000_000
    /// By how much the vault's wall clock is wrong.
    var error: Int64 = 0
    var boot: Int64 = 1_000_000
    var bootID = "boot-1"
    /// A freeze to come: after so many more readings of the boot clock, it has moved on by so much.
    var freeze: (readings: Int, milliseconds: Int64)?
  }

  private let state = Mutex(State())

  package init() {}

  package var now: Instant { state.withLock { Instant(milliseconds: $0.now + $0.error) } }
  /// The provider's time.
  package var date: Date { state.withLock { Instant(milliseconds: $0.now).date } }

  /// The vault's wall clock is set, by nobody knows whom; no time passes.
  package func jump(_ duration: Duration) { state.withLock { $0.error += duration.milliseconds } }

  /// Lets time pass, on both clocks.
  package func advance(_ duration: Duration) {
    state.withLock {
      $0.now += duration.milliseconds
      $0.boot += duration.milliseconds
    }
  }

  /// Moves to an instant that is not before now.
  package func advance(to instant: Instant) { advance(max(.zero, instant - now)) }

  /// Moves only the clock that claims are measured by.
  package func advanceBoot(_ duration: Duration) { state.withLock { $0.boot += duration.milliseconds } }

  /// The machine starts anew: another boot id, and its clock near zero.
  package func reboot() {
    state.withLock {
      $0.bootID += "'"
      $0.boot = 1000
    }
  }

  /// As SIGSTOP would: the `readings`-th next reading of the boot clock finds that it has moved on by `duration`.
  package func freeze(beforeReading readings: Int, for duration: Duration) {
    state.withLock { $0.freeze = (readings, duration.milliseconds) }
  }

  package var clocks: Clocks {
    Clocks(now: { self.now }, boot: { self.boot() })
  }

  /// The same, for those who wait: their waiting is what lets time pass.
  package var flyingClocks: Clocks {
    Clocks(
      now: { self.now }, boot: { self.boot() },
      after: { delay, body in
        self.advance(delay)
        Task { await body() }
      })
  }

  private func boot() -> BootInstant {
    state.withLock { state in
      if let freeze = state.freeze {
        state.freeze = freeze.readings == 1 ? nil : (freeze.readings - 1, freeze.milliseconds)
        if freeze.readings == 1 { state.boot += freeze.milliseconds }
      }
      return BootInstant(boot: state.bootID, milliseconds: state.boot)
    }
  }
}
