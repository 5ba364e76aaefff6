import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// One thing that happened to an integration, in words.
package struct TimelineEntry: Sendable {
  package let at: Instant
  package let text: String
}

extension CustodyView {
  /// An integration's life so far, oldest first: its transitions, the uses of its refresh tokens, its connects and
  /// renewals.
  package func timeline(of head: IntegrationRow) throws -> [TimelineEntry] {
    let key = ["integration": ColumnValue.uuid(head.integration)]
    let transitions = try rows(TransitionRow.self, matching: key).compactMap(\.entry)
    let refreshes = try rows(RefreshAttemptRow.self, matching: key).map(\.entry)
    let attempts = try rows(AttemptRow.self, matching: key).map(\.entry)
    return (attempts + refreshes + transitions).enumerated()
      .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }
}

extension TransitionRow {
  /// `nil` for a refresh that moved nothing: the attempt says it.
  fileprivate var entry: TimelineEntry? {
    guard event != "refresh_succeeded" || fromState != toState else { return nil }
    let move = fromState == toState ? "stays \(toState)" : "\(fromState) → \(toState)"
    let version = version.map { ", version \($0)" } ?? ""
    let reason = reasonCode.map { " (\($0))" } ?? ""
    return TimelineEntry(
      at: at, text: "\(event.replacing("_", with: " ")): \(move)\(reason)\(version), grant \(grantNumber)")
  }
}

extension RefreshAttemptRow {
  fileprivate var entry: TimelineEntry {
    TimelineEntry(at: startedAt, text: "refresh of version \(usedVersion): \(outcome)")
  }

  /// How it ended, in words.
  var outcome: String {
    let status = status.map { ", HTTP \($0)" } ?? ""
    let reason = reason.map { ": \(ReasonWords.explain($0))" } ?? ""
    return switch state {
    case .intent: "under way, or interrupted"
    case .landed: "answered, not concluded yet"
    case .committed: "brought a new version"
    case .archived: "came too late; what it brought is kept and never served"
    case .discarded: "came when the integration had ended; the provider is told, nothing is kept"
    case .notSent: "not sent\(reason)"
    case .uncertain: "sent, and no answer was read\(reason)"
    case .refused: "refused\(status)\(reason)"
    }
  }
}

extension AttemptRow {
  fileprivate var entry: TimelineEntry {
    let reason = reason.map { " (\($0))" } ?? ""
    return TimelineEntry(at: endedAt ?? createdAt, text: "\(purpose.rawValue) by \(authority.rawValue): \(state.rawValue)\(reason)")
  }
}
