import Catalogue
import CoreMetrics
import Synchronization

/// What is learnt of one refresh while it runs, for the counter at its end.
final class RefreshMeter: Sendable {
  @TaskLocal private static var current: RefreshMeter?
  private let refreshClass = Mutex<RefreshClass?>(nil)

  /// Runs a refresh and counts it, for whoever collects metrics of this process. Labels are words of ours, never an id.
  static func counting(_ refresh: () async throws -> RefreshOutcome) async rethrows -> RefreshOutcome {
    let meter = RefreshMeter()
    let outcome = try await $current.withValue(meter) { try await refresh() }
    let (word, reason) = outcome.words
    let letter = meter.refreshClass.withLock { $0?.letter } ?? ""
    Counter(
      label: "reseal_refreshes_total", dimensions: [("outcome", word), ("reason", reason), ("class", letter)]
    ).increment()
    return outcome
  }

  /// Called once a refresh has begun in earnest: there is something to send, or a reply to read.
  static func note(_ refreshClass: RefreshClass) { current?.refreshClass.withLock { $0 = refreshClass } }
}

extension RefreshClass {
  /// Without its seconds: a label has few values.
  fileprivate var letter: String {
    switch self {
    case .n: "N"
    case .s: "S"
    case .g: "G"
    case .x: "X"
    }
  }
}

extension RefreshOutcome {
  fileprivate var words: (outcome: String, reason: String) {
    switch self {
    case .fresh: ("fresh", "")
    case .busy: ("busy", "")
    case .degraded(let reason, _): ("degraded", reason)
    case .queued: ("queued", "")
    case .resting(let reason, _): ("resting", reason)
    case .dead(let reason): ("dead", reason)
    case .connectorRefused(let reason): ("connector_refused", reason)
    case .notRefreshable: ("not_refreshable", "")
    }
  }
}
