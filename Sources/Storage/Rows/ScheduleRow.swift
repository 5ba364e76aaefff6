import Foundation
import Sealing

/// When an integration is refreshed next and who is at it. Without a MAC: it may move a refresh, never a value.
package struct ScheduleRow: StoredRow {
  package static let table = "schedules"
  package static let key = ["integration"]
  package static let columns = [
    "integration", "workspace", "connector", "refresh_at", "failures", "fence", "claim_owner", "claim_boot", "claim_until",
  ]

  package var integration: UUID
  package var workspace: UUID
  /// Whose refreshes share a breaker with this one: the lane it waits in.
  package var connector: String
  package var refreshAt: Instant?
  /// Transient failures in a row.
  package var failures: Int64
  /// Number of the newest claim.
  package var fence: Int64
  package var claimOwner: String?
  /// Boot id: a claim of another boot is dead.
  package var claimBoot: String?
  /// Milliseconds of `CLOCK_BOOTTIME`.
  package var claimUntil: Int64?

  package init(
    integration: UUID, workspace: UUID, connector: UUID, refreshAt: Instant? = nil, failures: Int64 = 0, fence: Int64 = 0,
    claimOwner: String? = nil, claimBoot: String? = nil, claimUntil: Int64? = nil
  ) {
    self.integration = integration
    self.workspace = workspace
    self.connector = connector.text
    self.refreshAt = refreshAt
    self.failures = failures
    self.fence = fence
    self.claimOwner = claimOwner
    self.claimBoot = claimBoot
    self.claimUntil = claimUntil
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .uuid(workspace), .text(connector), .instant(refreshAt), .integer(failures), .integer(fence),
      .optional(claimOwner), .optional(claimBoot), .optional(claimUntil),
    ]
  }

  /// Whatever instant or count somebody wrote there is drawn into bounds: it moves a refresh, and stops nobody. A fence
  /// out of bounds is damage, because claims are told apart by it.
  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    workspace = try columns.uuid()
    connector = try columns.text()
    refreshAt = try columns.optionalInstant().map { min(max($0, Self.earliest), Self.latest) }
    failures = min(max(try columns.integer(), 0), Self.mostFailures)
    fence = try columns.number()
    claimOwner = try columns.optionalText()
    claimBoot = try columns.optionalText()
    claimUntil = try columns.optionalInteger()
  }

  private static let earliest = Instant(milliseconds: 0)
  private static let latest = Instant(milliseconds: 1 << 53)
  private static let mostFailures: Int64 = 1_000_000
}
