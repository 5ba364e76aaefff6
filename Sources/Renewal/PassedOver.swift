import Foundation
import Storage
import Synchronization

/// What this process cannot refresh, for a while: nobody runs in circles around it, and other processes are not told,
/// because they may be able to.
final class PassedOver: Sendable {
  private let until = Mutex<[UUID: Instant]>([:])

  func add(_ integration: UUID, until instant: Instant) { until.withLock { $0[integration] = instant } }

  func contains(_ integration: UUID, at now: Instant) -> Bool {
    until.withLock { until in
      guard let instant = until[integration] else { return false }
      if instant > now { return true }
      until[integration] = nil
      return false
    }
  }
}
