import Foundation
import Glibc
import Storage

/// One virtual time for several processes: two numbers in a file that all of them map.
///
/// `@unchecked Sendable`: aligned 64-bit numbers, written by one process at a time.
final class SharedClock: @unchecked Sendable {
  let path: String
  private let numbers: UnsafeMutablePointer<Int64>

  init(_ path: String) {
    self.path = path
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    precondition(file >= 0 && ftruncate(file, 16) == 0, "no clock at \(path)")
    let memory = mmap(nil, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    precondition(memory != MAP_FAILED)
    close(file)
    numbers = memory!.bindMemory(to: Int64.self, capacity: 2)
    if numbers[0] == 0 { (numbers[0], numbers[1]) = (1_760_000_000_000, 1_000_000) }
  }

  var milliseconds: Int64 { numbers[0] }
  var now: Instant { Instant(milliseconds: milliseconds) }

  func advance(_ duration: Duration) {
    numbers[0] += duration.milliseconds
    numbers[1] += duration.milliseconds
  }

  func advance(to instant: Instant) { if instant > now { advance(instant - now) } }

  var clocks: Clocks {
    Clocks(now: { self.now }, boot: { BootInstant(boot: "storm", milliseconds: self.numbers[1]) })
  }
}
