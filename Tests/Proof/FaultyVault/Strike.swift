import Custody
import Foundation
import Glibc
import Synchronization

/// What happens at fault points: each is written down, and at one of them the process dies.
final class Strike: Sendable {
  private let point: String?
  private let occurrence: Int
  private let reached: String?
  private let counts = Mutex<[String: Int]>([:])

  init(point: String?, occurrence: Int, reached: String?) {
    (self.point, self.occurrence, self.reached) = (point, occurrence, reached)
  }

  func reach(_ point: FaultPoint) {
    let name = point.description
    let count = counts.withLock { counts in
      counts[name, default: 0] += 1
      return counts[name]
    }
    note(name)
    if name == self.point, count == occurrence { kill(getpid(), SIGKILL) }
  }

  private func note(_ name: String) {
    guard let reached, let file = fopen(reached, "a") else { return }
    fputs(name + "\n", file)
    fclose(file)
  }
}
