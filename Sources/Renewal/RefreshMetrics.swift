import CoreMetrics

extension RefreshOutcome {
  /// Counts it for whoever collects metrics of this process. Labels are words of ours, never an id.
  func count() {
    let (outcome, reason) = words
    Counter(label: "reseal_refreshes_total", dimensions: [("outcome", outcome), ("reason", reason)]).increment()
  }

  private var words: (outcome: String, reason: String) {
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
