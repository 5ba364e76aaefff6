import Foundation
import Sealing

/// From where a deadline is known.
package enum DeadlineReason: String, Sendable, CaseIterable {
  /// The provider file's `absolute_limit`, from the beginning of the grant.
  case absoluteLimit = "absolute_limit"
  /// A token reply named it.
  case reply
  /// There is no refresh token: the access token's own end.
  case noRefreshToken = "no_refresh_token"
}

/// When a grant ends whatever we do, as far as is known.
package struct DeadlineRow: TenantRow {
  package static let table = "deadlines"
  package static let key = ["integration"]
  package static let columns = [
    "integration", "workspace", "grant_number", "at", "reason", "began_at", "notice_at", "told",
  ]

  package var integration: UUID
  package var workspace: UUID
  /// The grant it is about; a newer one has a deadline of its own, or none.
  package var grantNumber: Int64
  package var at: Instant
  package var reason: DeadlineReason
  /// When the time that it ends began.
  package var beganAt: Instant
  /// When it is looked at next.
  package var noticeAt: Instant?
  /// The last notice: so many days before. 0: the deadline has passed.
  package var told: Int64?
  package var seal = RowSeal.none

  package init(
    integration: UUID, workspace: UUID, grantNumber: Int64, at: Instant, reason: DeadlineReason, beganAt: Instant,
    noticeAt: Instant? = nil, told: Int64? = nil
  ) {
    self.integration = integration
    self.workspace = workspace
    self.grantNumber = grantNumber
    self.at = at
    self.reason = reason
    self.beganAt = beganAt
    self.noticeAt = noticeAt
    self.told = told
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .uuid(workspace), .integer(grantNumber), .instant(at), .word(reason), .instant(beganAt),
      .instant(noticeAt), .optional(told),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    workspace = try columns.uuid()
    grantNumber = try columns.integer()
    at = try columns.instant()
    reason = try columns.word(DeadlineReason.self)
    beganAt = try columns.instant()
    noticeAt = try columns.optionalInstant()
    told = try columns.optionalInteger()
    seal = try columns.seal()
  }
}
