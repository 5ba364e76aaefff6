import Foundation
import Storage

/// When a grant ends whatever we do, as far as is known, and from where.
package struct GrantDeadline: Sendable, Hashable {
  package let at: Instant
  package let reason: DeadlineReason

  package init(at: Instant, reason: DeadlineReason) {
    self.at = at
    self.reason = reason
  }
}

/// Which notices of a deadline are given, and when: pure.
package enum DeadlineNotice {
  /// So many days before; 0 is the deadline itself, when the provider is asked.
  static let days: [Int64] = [30, 7, 1, 0]

  static func instant(_ days: Int64, before deadline: Instant) -> Instant { deadline - .seconds(days * 86_400) }

  /// Those that a grant can have that began then: one that would come within its first day is left out.
  static func possible(before deadline: Instant, began: Instant) -> [Int64] {
    days.filter { $0 == 0 || instant($0 + 1, before: deadline) >= began }
  }

  /// The notice whose time has come and that was not given. After a pause only the nearest: it says all.
  package static func due(before deadline: Instant, began: Instant, told: Int64?, now: Instant) -> Int64? {
    possible(before: deadline, began: began).filter { instant($0, before: deadline) <= now }.last.flatMap { days in
      told.map { days < $0 } ?? true ? days : nil
    }
  }

  /// When the one after `told` is due.
  package static func next(before deadline: Instant, began: Instant, told: Int64?) -> Instant? {
    possible(before: deadline, began: began).first { days in told.map { days < $0 } ?? true }
      .map { instant($0, before: deadline) }
  }
}
