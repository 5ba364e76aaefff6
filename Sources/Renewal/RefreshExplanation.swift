import Catalogue
import Custody
import Foundation
import Storage

/// When and why an integration is refreshed next, in words for people.
package struct RefreshExplanation: Sendable {
  package let lines: [String]

  package init(_ head: IntegrationRow, custodian: Custodian, catalogue: ProviderCatalogue) throws {
    lines = try custodian.view { view in
      var lines = ["The integration is \(PublishedState(head.state).word)\(head.reasonCode.map { " (\($0))" } ?? "")."]
      guard let version = head.currentVersion else { return lines + ["It has no credential yet, so nothing is refreshed."] }
      let credential = try view.credential(of: head, version: version)
      lines.append(Self.life(of: credential, now: view.now))
      let connection = Connection(
        connector: try view.connector(of: head), parameters: head.parameters, catalogue: catalogue)
      let policy = connection?.refreshPolicy ?? .unknown
      if head.lifecycle == .ready, credential.refreshable, try view.isHeld(credential, policy) {
        return lines + [Self.held(credential, policy)]
      }
      let schedule = try view.unauthenticated.row(ScheduleRow.self, .uuid(head.integration))
      lines.append(Self.next(head, credential, schedule, now: view.now))
      if let last = try Self.lastAttempt(of: head, in: view) { lines.append(last) }
      return lines
    }
  }

  private static func life(of credential: CredentialRow, now: Instant) -> String {
    guard let expiresAt = credential.expiresAt else { return "Version \(credential.version) does not expire." }
    let left = (expiresAt - now).components.seconds
    return left > 0
      ? "Version \(credential.version) is valid for another \(left) s, until \(expiresAt.text)."
      : "Version \(credential.version) ran out at \(expiresAt.text)."
  }

  private static func next(
    _ head: IntegrationRow, _ credential: CredentialRow, _ schedule: ScheduleRow?, now: Instant
  ) -> String {
    guard head.lifecycle == .ready else { return "It is not refreshed in this state." }
    guard credential.refreshable else { return "It has no refresh token, so it cannot be refreshed." }
    guard let at = schedule?.refreshAt else { return "It is refreshed when somebody asks for it, not ahead of time." }
    let failures = schedule?.failures ?? 0
    let reason = failures > 0 ? "after \(failures) attempts that brought nothing" : "ahead of its expiry"
    return at > now
      ? "It is refreshed at \(at.text), in \((at - now).components.seconds) s, \(reason)."
      : "Its refresh has been due since \(at.text), \(reason): is a server or cron job running?"
  }

  private static func held(_ credential: CredentialRow, _ policy: RefreshPolicy) -> String {
    """
    It came with a backup, and its provider replaces refresh tokens (class \(policy.refreshClass)): this one may have \
    been used since, and sending it again may revoke the whole grant. It is not sent. The access token serves as long \
    as it lives; then the customer has to reconnect.
    """
  }

  private static func lastAttempt(of head: IntegrationRow, in view: CustodyView) throws -> String? {
    let attempts = try view.rows(RefreshAttemptRow.self, matching: ["integration": .uuid(head.integration)])
    guard let last = attempts.last else { return nil }
    return "The last refresh was begun at \(last.startedAt.text): \(last.state.rawValue)\(last.reason.map { " (\($0))" } ?? "")."
  }
}
