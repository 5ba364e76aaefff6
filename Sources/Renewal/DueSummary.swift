import Storage

/// What a run over the due refreshes did.
package struct DueSummary: Sendable, Equatable, Codable {
  package var refreshed = 0
  /// To be tried again by themselves.
  package var postponed = 0
  /// A customer or an operator is needed.
  package var needHuman = 0
  /// Connectors that are left alone for now with work due: their provider is in trouble, or refuses their client.
  package var resting = 0
  /// Time ran out before all that was due had been looked at.
  package var isPartial = false
}

extension DueSummary {
  mutating func count(_ outcome: RefreshOutcome) {
    switch outcome {
    case .fresh: refreshed += 1
    case .degraded, .busy: postponed += 1
    case .dead, .connectorRefused: needHuman += 1
    case .notRefreshable, .queued, .resting: break
    }
  }
}
