import Foundation
import Sealing

/// One use of a refresh token, as far as the database knows.
package enum RefreshAttemptState: String, Sendable {
  /// Recorded; the request may or may not have left. After a crash: uncertain.
  case intent
  /// The reply is sealed and committed, not yet parsed.
  case landed
  case committed, archived
  /// It landed after a disconnect or delete: the provider is told, nothing is kept.
  case discarded
  /// Certainly never sent: the token is untouched.
  case notSent = "not_sent"
  /// Sent, and no reply was read.
  case uncertain
  /// Answered with a refusal.
  case refused
}

/// One use of a refresh token, recorded before it is sent.
package struct RefreshAttemptRow: TenantRow {
  package static let table = "refresh_attempts"
  package static let key = ["integration", "fence"]
  package static let columns = [
    "integration", "fence", "workspace", "grant_number", "used_version", "fingerprint", "state", "reason",
    "status", "retry_after", "started_at", "ended_at",
  ]

  package var integration: UUID
  /// The claim it was made under.
  package var fence: Int64
  package var workspace: UUID
  package var grantNumber: Int64
  package var usedVersion: Int64
  /// Keyed hash of the refresh token used, never the token.
  package var fingerprint: [UInt8]
  package var state: RefreshAttemptState
  package var reason: String?
  /// HTTP status of the reply.
  package var status: Int64?
  /// Milliseconds.
  package var retryAfter: Int64?
  package var startedAt: Instant
  package var endedAt: Instant?
  package var seal = RowSeal.none

  package init(
    integration: UUID, fence: Int64, workspace: UUID, grantNumber: Int64, usedVersion: Int64, fingerprint: [UInt8],
    state: RefreshAttemptState = .intent, reason: String? = nil, status: Int64? = nil, retryAfter: Int64? = nil,
    startedAt: Instant, endedAt: Instant? = nil
  ) {
    self.integration = integration
    self.fence = fence
    self.workspace = workspace
    self.grantNumber = grantNumber
    self.usedVersion = usedVersion
    self.fingerprint = fingerprint
    self.state = state
    self.reason = reason
    self.status = status
    self.retryAfter = retryAfter
    self.startedAt = startedAt
    self.endedAt = endedAt
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .integer(fence), .uuid(workspace), .integer(grantNumber), .integer(usedVersion),
      .blob(fingerprint), .word(state), .optional(reason), .optional(status), .optional(retryAfter),
      .instant(startedAt), .instant(endedAt),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    fence = try columns.number()
    workspace = try columns.uuid()
    grantNumber = try columns.integer()
    usedVersion = try columns.integer()
    fingerprint = try columns.blob()
    state = try columns.word(RefreshAttemptState.self)
    reason = try columns.optionalText()
    status = try columns.optionalInteger()
    retryAfter = try columns.optionalInteger()
    startedAt = try columns.instant()
    endedAt = try columns.optionalInstant()
    seal = try columns.seal()
  }
}
