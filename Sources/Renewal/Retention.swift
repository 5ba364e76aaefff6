import Custody
import Foundation
import Storage

/// How long a workspace keeps what has been superseded. What a person or a renewal wrote is kept for good.
package struct Retention: Sendable, Equatable {
  /// Refreshed versions per integration that are kept whatever their age.
  package let versions: Int
  /// The age up to which everything is kept.
  package let days: Int

  package init(_ policy: WorkspacePolicy) {
    versions = policy.keepVersions ?? 5
    days = policy.keepDays ?? 30
  }

  func cutoff(_ now: Instant) -> Instant { now - .seconds(days * 24 * 3600) }
}

/// How many rows were pruned, by kind.
package struct PruneCount: Sendable, Equatable {
  package var versions = 0
  package var events = 0
  package var attempts = 0
  package var refreshAttempts = 0

  package init(versions: Int = 0, events: Int = 0, attempts: Int = 0, refreshAttempts: Int = 0) {
    (self.versions, self.events) = (versions, events)
    (self.attempts, self.refreshAttempts) = (attempts, refreshAttempts)
  }

  package var total: Int { versions + events + attempts + refreshAttempts }

  static func + (a: PruneCount, b: PruneCount) -> PruneCount {
    PruneCount(
      versions: a.versions + b.versions, events: a.events + b.events, attempts: a.attempts + b.attempts,
      refreshAttempts: a.refreshAttempts + b.refreshAttempts)
  }

  /// For the audit log.
  var detail: [String: String] {
    [
      "versions": String(versions), "events": String(events), "attempts": String(attempts),
      "refresh_attempts": String(refreshAttempts),
    ]
  }
}
