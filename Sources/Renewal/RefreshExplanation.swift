import Catalogue
import Custody
import Foundation
import Storage

/// When and why an integration is refreshed next, in words for people.
package struct RefreshExplanation: Sendable {
  package let lines: [String]

  package init(_ head: IntegrationRow, custodian: Custodian, catalogue: ProviderCatalogue) throws {
    let jump = try ClockWatch.doubtedJump(custodian)
    lines = try custodian.view { view in
      let reason = head.reasonCode.map { ": \(ReasonWords.explain($0))" } ?? ""
      var lines = ["The integration is \(PublishedState(head.state).word)\(reason)."]
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
      let trouble = try ConnectorTrouble(of: head, in: view, at: custodian.clocks.boot())
      lines.append(Self.next(head, credential, policy, schedule, waits: !trouble.lines.isEmpty, now: view.now))
      let asks = connection?.provider.probe != nil
      if let doubt = try Self.doubt(credential, policy, asks: asks, in: view) { lines.append(doubt) }
      lines += trouble.lines
      if schedule?.isClaimed(at: custodian.clocks.boot()) == true { lines.append("A refresh, or a renewal, is under way.") }
      if connection == nil { lines.append("This process does not know its provider, so it leaves it to others: is --providers missing?") }
      if head.lifecycle == .ready, credential.refreshable { lines += Self.meaning(of: policy) }
      if let deadline = try view.deadline(of: head) { lines.append(Self.end(deadline, now: view.now)) }
      if let last = try Self.lastAttempt(of: head, in: view) { lines.append(last) }
      if let jump { lines.append(Self.doubt(jump)) }
      return lines
    }
  }

  private static func life(of credential: CredentialRow, now: Instant) -> String {
    guard let expiresAt = credential.expiresAt else {
      return "Version \(credential.version) does not expire, as far as its provider says."
    }
    return expiresAt > now
      ? "Version \(credential.version) is valid for another \((expiresAt - now).inWords), until \(expiresAt.text)."
      : "Version \(credential.version) ran out \((now - expiresAt).inWords) ago, at \(expiresAt.text)."
  }

  private static func next(
    _ head: IntegrationRow, _ credential: CredentialRow, _ policy: RefreshPolicy, _ schedule: ScheduleRow?,
    waits: Bool, now: Instant
  ) -> String {
    guard head.lifecycle == .ready else { return "It is not refreshed in this state: the customer has to come back." }
    guard credential.refreshable else {
      return "It has no refresh token, so it cannot be refreshed: it serves until it runs out, and then its customer is asked."
    }
    guard let at = schedule?.refreshAt else { return "It is refreshed when somebody asks for it, not ahead of time." }
    let reason = reason(for: at, credential, policy, failures: schedule?.failures ?? 0)
    return at > now
      ? "It is refreshed in \((at - now).inWords), at \(at.text), \(reason)."
      : "Its refresh has been due for \((now - at).inWords), since \(at.text), \(reason)"
        + (waits ? "." : ": is a server or cron job running?")
  }

  private static func reason(
    for at: Instant, _ credential: CredentialRow, _ policy: RefreshPolicy, failures: Int64
  ) -> String {
    if failures > 0 { return "backing off after \(failures) \(failures == 1 ? "attempt" : "attempts") that brought nothing" }
    let latest = credential.expiresAt.flatMap { expiresAt in
      RefreshSchedule.refreshAt(expiresAt: expiresAt, lifetime: credential.ttl, chance: 1)
    }
    if let latest, at >= latest { return "ahead of its expiry" }
    return "before its refresh token has lain idle for half of what it may"
  }

  private static func meaning(of policy: RefreshPolicy) -> [String] {
    let word =
      switch policy.refreshClass {
      case .n: "does not replace refresh tokens: a refresh whose answer is lost is simply repeated"
      case .s: "replaces refresh tokens and goes on taking the old ones: a refresh whose answer is lost is simply repeated"
      case .g(let seconds):
        "replaces refresh tokens and takes the old one for \(seconds) s more: a lost answer is made up for within that time"
      case .x: "replaces refresh tokens, and may take a second use for theft: after a lost answer it is tried once more, at the end"
      }
    let idle = policy.idleLimit.map {
      ["A refresh token that is not used for \(Duration.seconds($0).inWords) dies; it is used before half of that."]
    }
    return ["Its provider \(word) (class \(policy.refreshClass))."] + (idle ?? [])
  }

  private static func end(_ deadline: DeadlineRow, now: Instant) -> String {
    let source =
      switch deadline.reason {
      case .absoluteLimit: "the provider ends every grant by then"
      case .reply: "the provider said so with its last token"
      case .noRefreshToken: "there is no refresh token"
      }
    return deadline.at > now
      ? "The grant ends in \((deadline.at - now).inWords), at \(deadline.at.text): \(source). Only a renewal moves that."
      : "The grant should have ended at \(deadline.at.text): \(source). The provider is asked."
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
    return "The last refresh was begun \((view.now - last.startedAt).inWords) ago, at \(last.startedAt.text): \(last.outcome)."
  }

  /// A use of the token whose answer was lost, as long as it keeps the next one from being made.
  /// - Parameter asks: the provider is asked whether the access token lives.
  private static func doubt(
    _ credential: CredentialRow, _ policy: RefreshPolicy, asks: Bool, in view: CustodyView
  ) throws -> String? {
    let uses = try view.uses(of: credential.fingerprint, integration: credential.integration, as: .uncertain)
    let resolution = UncertainResolution.decide(
      policy.refreshClass, uses: uses.map(\.startedAt), expiresAt: credential.expiresAt, lifetime: credential.ttl,
      now: view.now)
    guard case .wait(let until) = resolution else { return nil }
    return """
      An answer was lost, and the refresh token may have been used up: it is not sent for another \
      \((until - view.now).inWords), until \(until.text), so that the access token lives on\
      \(asks ? "; sooner if the provider refuses that" : "").
      """
  }

  private static func doubt(_ jump: Duration) -> String {
    let way = jump < .zero ? "back" : "forward"
    return """
      The wall clock jumped \(way) by \(jump.inWords) not long ago. For a day nothing is ended because of the time; check \
      the machine's clock.
      """
  }
}

extension Duration {
  /// In its two largest units: `3 d 4 h`, `12 min`, `45 s`. Without a sign.
  package var inWords: String {
    let seconds = abs(milliseconds) / 1000
    let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
    let (size, name) = units[first]
    guard first + 1 < units.count else { return "\(seconds) s" }
    let (small, smallName) = units[first + 1]
    let rest = seconds % size / small
    return "\(seconds / size) \(name)" + (rest == 0 ? "" : " \(rest) \(smallName)")
  }
}
