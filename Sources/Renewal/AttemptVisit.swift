import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// What the first page of an attempt shows, and to whom.
package struct AttemptVisit: Sendable {
  package let attempt: AttemptRow
  package let provider: Provider
  package let workspaceName: String
  package let customer: String
  /// To be set as a cookie; `nil` when this browser has it already.
  package let newCookie: String?
  /// Proves that a form came from this page in this browser.
  package let formToken: String
}

/// What a form on an attempt's page sends.
package struct AttemptSubmission: Sendable {
  package let ticket: String
  package let cookie: @Sendable (AttemptRow) -> String?
  package let formToken: String
  /// The verifier that the opening page handed over; empty without one.
  package let verifier: String
  /// Whether the button was clicked that says who is asking for what.
  package let isConsented: Bool

  package init(
    ticket: String, cookie: @escaping @Sendable (AttemptRow) -> String?, formToken: String, verifier: String,
    isConsented: Bool
  ) {
    self.ticket = ticket
    self.cookie = cookie
    self.formToken = formToken
    self.verifier = verifier
    self.isConsented = isConsented
  }
}

extension Attempts {
  /// Opens the first page. The browser that comes first gets the attempt's cookie; the ticket is dead for all others.
  package func visit(
    ticket: String, cookie: @escaping @Sendable (AttemptRow) -> String?
  ) async throws -> AttemptVisit {
    let known = try attempt(ticket: ticket)
    let candidate = RandomBytes.make(32)
    let (row, isNew) = try await custodian.amend(durability: .normal) { change in
      guard var row = try change.row(AttemptRow.self, .uuid(known.attempt)) else { throw ConnectRefusal.unknownAttempt }
      try Self.requireUsable(row, at: change.now)
      guard row.cookieHash == nil else {
        try Self.requireBrowser(of: row, cookie: cookie(row))
        return (row, false)
      }
      row.cookieHash = Digest.sha256(candidate)
      try change.update(row)
      return (row, true)
    }
    let value = isNew ? Base64URL.encode(candidate) : cookie(row) ?? ""
    return try custodian.view { view in
      let connection = try connection(of: row, in: view)
      let head = try view.integration(row.integration, workspace: row.workspace)
      return AttemptVisit(
        attempt: row, provider: connection.provider, workspaceName: try view.workspace(row.workspace).name,
        customer: head.customer, newCookie: isNew ? value : nil, formToken: formToken(row, cookie: value))
    }
  }

  /// Leaves for the provider, once the opener has vouched for the window or somebody clicked.
  /// - Returns: the provider's authorization URL.
  package func authorize(_ submission: AttemptSubmission) async throws -> String {
    let row = try admitted(submission)
    guard let redirectURI = address.redirectURI else { throw ConnectRefusal.noPublicURL }
    let connection = try custodian.view { try self.connection(of: row, in: $0) }
    let state = RandomBytes.make(32)
    let verifier = PKCE.verifier()
    let url: String
    do {
      url = try ProviderEndpoints.authorizationURL(
        provider: connection.provider, clientID: connection.connector.clientID, redirectURI: redirectURI,
        scopes: connection.connector.scopes.split(separator: " ").map(String.init), state: Base64URL.encode(state),
        codeChallenge: PKCE.challenge(verifier), parameters: connection.parameters)
    } catch AuthorizationURLError.input(.missingInput(let name)), AuthorizationURLError.input(.invalidInput(let name)) {
      throw ConnectRefusal.invalidParameter(name)
    } catch {
      throw ConnectRefusal.unknownProvider
    }
    let sealed = try custodian.seal(verifier, name: row.pkceName, workspace: row.workspace)
    try await custodian.amend { change in
      guard var row = try change.row(AttemptRow.self, .uuid(row.attempt)), row.state == .open || row.state == .authorizing
      else { throw ConnectRefusal.attemptUsed }
      try change.cancelOlder(than: row)
      row.state = .authorizing
      row.stateHash = Digest.sha256(state)
      try change.shred(row)
      try change.insert(sealed)
      try change.update(row)
    }
    return url
  }

  /// The attempt that a form belongs to: same browser, our page, and either the opener's word or a click.
  func admitted(_ submission: AttemptSubmission) throws -> AttemptRow {
    let row = try attempt(ticket: submission.ticket)
    try Self.requireUsable(row, at: custodian.clocks.now())
    let cookie = submission.cookie(row)
    try Self.requireBrowser(of: row, cookie: cookie)
    guard constantTimeEqual(Array(submission.formToken.utf8), Array(formToken(row, cookie: cookie ?? "").utf8)) else {
      throw ConnectRefusal.anotherBrowser
    }
    guard submission.isConsented || Self.vouches(submission.verifier, for: row) else {
      throw ConnectRefusal.notConsented
    }
    return row
  }

  private static func vouches(_ verifier: String, for row: AttemptRow) -> Bool {
    guard let expected = row.verifierHash, !verifier.isEmpty else { return false }
    return constantTimeEqual(
      Array(Base64URL.encode(Digest.sha256(Array(verifier.utf8))).utf8), Array(expected.utf8))
  }

  private func formToken(_ row: AttemptRow, cookie: String) -> String {
    Base64URL.encode(custodian.tag("form", Array("\(row.attempt.text):\(cookie)".utf8)))
  }

  static func requireUsable(_ row: AttemptRow, at now: Instant) throws {
    guard row.state == .open || row.state == .authorizing else {
      throw row.state == .expired ? ConnectRefusal.attemptExpired : ConnectRefusal.attemptUsed
    }
    guard row.expiresAt > now else { throw ConnectRefusal.attemptExpired }
  }

  static func requireBrowser(of row: AttemptRow, cookie: String?) throws {
    guard let hash = row.cookieHash, let cookie, let bytes = Base64URL.decode(cookie),
      constantTimeEqual(Digest.sha256(bytes), hash)
    else { throw ConnectRefusal.anotherBrowser }
  }
}
