import Foundation
import Storage

/// Who acts: a command, a backend by its access key's prefix, the scheduler, a customer in a browser.
package struct Actor: Sendable, Equatable {
  package let name: String

  private init(_ name: String) { self.name = name }

  package static let commandLine = Actor("command-line")
  package static let library = Actor("library")
  package static let refresher = Actor("refresh")
  package static let customer = Actor("customer")
  package static func accessKey(_ prefix: String) -> Actor { Actor("access-key/\(prefix)") }
}

/// One line of the audit log: who did what to which thing. Holds no secret.
package struct AuditEntry: Sendable {
  package let actor: Actor
  package let action: String
  package let workspace: UUID?
  package let subject: String
  package let detail: [String: String]

  /// - Parameters:
  ///   - action: noun and verb as on the command line, such as `credential.put`.
  ///   - subject: table and key, such as `integration/UUID`.
  package init(
    _ action: String, _ subject: String, workspace: UUID?, by actor: Actor, detail: [String: String] = [:]
  ) {
    self.actor = actor
    self.action = action
    self.workspace = workspace
    self.subject = subject
    self.detail = detail
  }

  func row(at now: Instant) -> AuditRow {
    AuditRow(
      at: now, workspace: workspace, actor: actor.name, action: action, subject: subject, detail: CanonicalJSON.text(detail))
  }
}

/// JSON text with sorted keys: the same value is always the same bytes, as a row's MAC needs.
package enum CanonicalJSON {
  package static func text<T: Encodable>(_ value: T) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("only plain values are encoded here") }
    return String(decoding: data, as: UTF8.self)
  }

  package static func value<T: Decodable>(_: T.Type = T.self, from text: String) -> T? {
    try? JSONDecoder().decode(T.self, from: Data(text.utf8))
  }
}
