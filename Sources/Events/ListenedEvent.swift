import Custody
import Foundation
import Storage

/// An event as a browser hears it: state words only, no link, no account, no text of a provider.
package struct ListenedEvent: Sendable, Sequenced {
  package let position: Int64
  /// `READY`, `IMPORT_DONE`, `error`, …; `nil` for what this listener is not told.
  package let word: String?
  /// For `error`: our code and our message.
  package let code: String?
  package let message: String?
  package let integration: UUID?

  init(_ row: EventRow, heardBy attempt: AttemptRow) {
    position = row.position
    integration = row.integration
    let isOwn = row.attempt == attempt.attempt
    let isLater = row.createdAt >= attempt.createdAt && row.attempt == nil
    word = isOwn || isLater ? Self.word(row.type, isOwn: isOwn) : nil
    let payload: [String: String] = word == "error" ? CanonicalJSON.value(from: row.payload) ?? [:] : [:]
    code = payload["code"]
    message = payload["message"]
  }

  /// As heard by somebody who did not make an attempt.
  init(_ row: EventRow) {
    position = row.position
    integration = row.integration
    word = Self.word(row.type, isOwn: false)
    (code, message) = (nil, nil)
  }

  private static func word(_ type: EventType, isOwn: Bool) -> String? {
    switch type {
    case .pending: nil
    case .ready: "READY"
    case .importDone: "IMPORT_DONE"
    case .renewed: isOwn ? "READY" : "RENEWED"
    case .renewalFailed, .connectFailed: isOwn ? "error" : nil
    case .recovered: "RECOVERED"
    case .degraded: "DEGRADED"
    case .expiring: "EXPIRING"
    case .needsReauthorization: "NEEDS_REAUTHORIZATION"
    case .revoked: "REVOKED"
    case .suspended: "SUSPENDED"
    case .resumed: "RESUMED"
    case .deleted: "DELETED"
    // The company's own affair: no page hears of it.
    case .connectorMisconfigured, .connectorRefusalsHeld, .connectorRecovered: nil
    }
  }
}
