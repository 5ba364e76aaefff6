import Foundation
import Sealing

package enum AttemptPurpose: String, Sendable { case connect, renewal }

/// What authenticated the request for an attempt: a connect secret, a connect session, or a renewal link.
package enum AttemptAuthority: String, Sendable {
  case secret, session, link

  /// Whether the workspace has asked for this attempt by itself, knowing for whom. A link is handed out with every
  /// answer that needs one.
  package var isSigned: Bool { self != .link }
}

/// How far one run of an authorization has come.
package enum AttemptState: String, Sendable, CaseIterable {
  case open, authorizing, exchanging, verifying
  case completed, failed, mismatch, cancelled, expired

  /// The states of an attempt that has not ended.
  package static let live: Set<AttemptState> = [.open, .authorizing, .exchanging, .verifying]

  package var isLive: Bool { Self.live.contains(self) }
}

/// One run of an authorization: a first connect, a renewal or a form. Single use.
package struct AttemptRow: TenantRow {
  package static let table = "attempts"
  package static let key = ["attempt"]
  package static let columns = [
    "attempt", "workspace", "connector", "integration", "purpose", "authority", "state", "reason", "name",
    "client_state", "jti", "parameters", "opener_origin", "listener", "ticket_hash", "verifier_hash",
    "cookie_hash", "state_hash", "grant_number", "offered_label", "created_at", "expires_at", "ended_at",
  ]

  package var attempt: UUID
  package var workspace: UUID
  package var connector: UUID
  package var integration: UUID
  package var purpose: AttemptPurpose
  package var authority: AttemptAuthority
  package var state: AttemptState
  package var reason: String?
  package var name: String?
  package var clientState: String?
  package var jti: String?
  package var parameters: String
  /// The allow-listed page that asked; it can vouch for the window.
  package var openerOrigin: String?
  /// 128 random bits, hex: opens the event stream.
  package var listener: String
  /// SHA-256 of the ticket in the first URL.
  package var ticketHash: [UInt8]
  /// base64url(SHA-256(verifier)) that the page's SDK sent.
  package var verifierHash: String?
  /// SHA-256 of the cookie of the browser that opened it.
  package var cookieHash: [UInt8]?
  /// SHA-256 of the OAuth `state`.
  package var stateHash: [UInt8]?
  /// The integration's grant when it began: the swap compares.
  package var grantNumber: Int64
  /// Masked account that a mismatch offered.
  package var offeredLabel: String?
  package var createdAt: Instant
  package var expiresAt: Instant
  package var endedAt: Instant?
  package var seal = RowSeal.none

  package init(
    attempt: UUID, workspace: UUID, connector: UUID, integration: UUID, purpose: AttemptPurpose,
    authority: AttemptAuthority, state: AttemptState = .open, reason: String? = nil, name: String? = nil,
    clientState: String? = nil, jti: String? = nil, parameters: String, openerOrigin: String? = nil, listener: String,
    ticketHash: [UInt8], verifierHash: String? = nil, cookieHash: [UInt8]? = nil, stateHash: [UInt8]? = nil,
    grantNumber: Int64, offeredLabel: String? = nil, createdAt: Instant, expiresAt: Instant, endedAt: Instant? = nil
  ) {
    self.attempt = attempt
    self.workspace = workspace
    self.connector = connector
    self.integration = integration
    self.purpose = purpose
    self.authority = authority
    self.state = state
    self.reason = reason
    self.name = name
    self.clientState = clientState
    self.jti = jti
    self.parameters = parameters
    self.openerOrigin = openerOrigin
    self.listener = listener
    self.ticketHash = ticketHash
    self.verifierHash = verifierHash
    self.cookieHash = cookieHash
    self.stateHash = stateHash
    self.grantNumber = grantNumber
    self.offeredLabel = offeredLabel
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.endedAt = endedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(attempt), .uuid(workspace), .uuid(connector), .uuid(integration), .word(purpose), .word(authority),
      .word(state), .optional(reason), .optional(name), .optional(clientState), .optional(jti), .text(parameters),
      .optional(openerOrigin), .text(listener), .blob(ticketHash), .optional(verifierHash), .optional(cookieHash),
      .optional(stateHash), .integer(grantNumber), .optional(offeredLabel), .instant(createdAt), .instant(expiresAt),
      .instant(endedAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    attempt = try columns.uuid()
    workspace = try columns.uuid()
    connector = try columns.uuid()
    integration = try columns.uuid()
    purpose = try columns.word(AttemptPurpose.self)
    authority = try columns.word(AttemptAuthority.self)
    state = try columns.word(AttemptState.self)
    reason = try columns.optionalText()
    name = try columns.optionalText()
    clientState = try columns.optionalText()
    jti = try columns.optionalText()
    parameters = try columns.text()
    openerOrigin = try columns.optionalText()
    listener = try columns.text()
    ticketHash = try columns.blob()
    verifierHash = try columns.optionalText()
    cookieHash = try columns.optionalBlob()
    stateHash = try columns.optionalBlob()
    grantNumber = try columns.integer()
    offeredLabel = try columns.optionalText()
    createdAt = try columns.instant()
    expiresAt = try columns.instant()
    endedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
