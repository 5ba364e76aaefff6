import Foundation
import Glibc
import Storage

/// One virtual time for several processes: three numbers in a file that all of them map.
///
/// `@unchecked Sendable`: aligned 64-bit numbers, written by one process at a time.
final class SharedClock: @unchecked Sendable {
  private static let size: off_t = 24
  let path: String
  /// What time it is, for how long the machine has run, and by how much the vault's wall clock is wrong: milliseconds.
  private let numbers: UnsafeMutablePointer<Int64>

  init(_ path: String) {
    self.path = path
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    precondition(file >= 0 && ftruncate(file, Self.size) == 0, "no clock at \(path)")
    let memory = mmap(nil, Int(Self.size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    precondition(memory != MAP_FAILED)
    close(file)
    numbers = memory!.bindMemory(to: Int64.self, capacity: 3)
    if numbers[0] == 0 { (numbers[0], numbers[1]) = (1_760_000_000_000, 1_000_000) }
  }

  /// The provider's time, which is always right.
  var milliseconds: Int64 { numbers[0] }
  /// The vault's.
  var now: Instant { Instant(milliseconds: milliseconds + numbers[2]) }

  func advance(_ duration: Duration) {
    numbers[0] += duration.milliseconds
    numbers[1] += duration.milliseconds
  }

  /// Sets the vault's wall clock, by nobody knows whom; no time passes.
  func jump(_ duration: Duration) { numbers[2] += duration.milliseconds }

  func advance(to instant: Instant) { if instant > now { advance(instant - now) } }

  var clocks: Clocks {
    Clocks(now: { self.now }, boot: { BootInstant(boot: "storm", milliseconds: self.numbers[1]) })
  }
}
