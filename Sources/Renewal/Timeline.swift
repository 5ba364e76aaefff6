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

/// Our codes in words; an unknown one stands for itself.
enum ReasonWords {
  static func explain(_ code: String) -> String {
    if let words = words[code] { return "\(words) (\(code))" }
    guard let refusal = RefusalCode(rawValue: code) else { return code }
    return refusal.isTerminal ? "the provider says that the grant is gone (\(code))" : "the provider says \(code)"
  }

  private static let words = [
    "abandoned": "its process died, or was frozen for too long",
    "claim_ran_out": "its process had been frozen for too long",
    "not_opened": "a secret of ours could not be opened",
    "server_error": "the provider is in trouble", "temporarily_unavailable": "the provider is in trouble",
    "gateway": "somebody between us and the provider answered in its stead",
    "unusable": "the answer was a success, and brought no token",
    "rate_limited": "the provider wants fewer requests", "unparsable": "the answer could not be read",
    "unrecognised": "the answer is none that is known here", "timed_out": "the provider did not answer in time",
    "refresh_uncertain": "a refresh token may have been used, and its answer was lost",
    "restored": "it came with a backup, and its refresh token may have been used since",
    "expired": "it ran out and has no refresh token", "disconnected": "the customer disconnected it",
    RefreshOutcome.clockJumped: "the wall clock has jumped",
    IntegrationState.nearDeadline: "its grant ends soon",
  ]
}
