import Foundation
import Sealing

/// The claim: time-limited ownership of one integration's refresh, with a fence number.
package struct Claim: Sendable, Equatable {
  package let integration: UUID
  package let fence: Int64
  package let owner: String

  package init(integration: UUID, fence: Int64, owner: String) {
    self.integration = integration
    self.fence = fence
    self.owner = owner
  }
}

extension ReadTransaction {
  /// The connectors that have refreshes scheduled, due or not: a seek by index for each of them, however many
  /// integrations they have.
  package func refreshLanes() throws -> [String] {
    try texts(
      sql: """
        WITH RECURSIVE lanes (lane) AS (
          SELECT min(connector) FROM schedules WHERE refresh_at IS NOT NULL
          UNION ALL
          SELECT (SELECT min(connector) FROM schedules WHERE refresh_at IS NOT NULL AND connector > lane)
          FROM lanes WHERE lane IS NOT NULL)
        SELECT lane FROM lanes WHERE lane IS NOT NULL
        """)
  }

  /// A connector's integrations whose refresh is due and unclaimed, the most urgent first, after `last`. By index.
  package func dueSchedules(
    in lane: String, at now: Instant, boot: BootInstant, after last: DueSchedule? = nil, limit: Int
  ) throws -> [DueSchedule] {
    try fetch(
      DueSchedule.self,
      sql: """
        SELECT \(DueSchedule.columns.joined(separator: ", ")) FROM schedules
        WHERE connector = ? AND refresh_at <= ? AND (refresh_at, integration) > (?, ?) AND \(DueSchedule.namesSomething)
          AND (claim_owner IS NULL OR claim_boot <> ? OR claim_until <= ?)
        ORDER BY refresh_at, integration LIMIT ?
        """,
      [
        .text(lane), .instant(now), .integer(last?.refreshAt.milliseconds ?? Int64.min),
        .text(last?.integration.text ?? ""), .text(boot.boot), .integer(boot.milliseconds), .integer(Int64(limit)),
      ])
  }

  /// Who holds claims. By index.
  package func claimOwners(limit: Int) throws -> [String] {
    try texts(
      sql: "SELECT DISTINCT claim_owner FROM schedules WHERE claim_owner IS NOT NULL LIMIT ?", [.integer(Int64(limit))])
  }

  /// The earliest instant after `moment` at which a refresh falls due; `nil` when none is scheduled. By index.
  package func nextDue(after moment: Instant? = nil) throws -> Instant? {
    try integer(
      sql: """
        SELECT refresh_at FROM schedules WHERE refresh_at \(moment == nil ? "IS NOT NULL" : "> ?")
          AND \(DueSchedule.namesSomething) ORDER BY refresh_at LIMIT 1
        """, moment.map { [.instant($0)] } ?? []
    )
    .map(Instant.init(milliseconds:))
  }

  /// Whether a connector has a refresh that is due, unclaimed, and has not failed before.
  package func hasSoundDue(connector: UUID, at now: Instant, boot: BootInstant) throws -> Bool {
    try integer(
      sql: """
        SELECT 1 FROM schedules WHERE connector = ? AND refresh_at <= ? AND failures = 0
          AND (claim_owner IS NULL OR claim_boot <> ? OR claim_until <= ?) LIMIT 1
        """, [.uuid(connector), .instant(now), .text(boot.boot), .integer(boot.milliseconds)]) != nil
  }

  /// Whether a connector has integrations that are not deleted. By index.
  package func hasIntegrations(connector: UUID) throws -> Bool {
    try integer(
      sql: "SELECT 1 FROM integrations WHERE connector = ? AND lifecycle <> ? LIMIT 1",
      [.uuid(connector), .word(Lifecycle.deleted)]) != nil
  }

  /// Whether a connector has more than one refresh scheduled.
  package func hasSeveralScheduled(connector: UUID) throws -> Bool {
    try integer(
      sql: """
        SELECT count(*) FROM (SELECT 1 FROM schedules WHERE connector = ? AND refresh_at IS NOT NULL LIMIT 2)
        """, [.uuid(connector)]
    ) == 2
  }
}

extension WriteTransaction {
  /// The connector of the integration that is the first parameter; that it exists is the foreign key's affair.
  private static let connector = "coalesce((SELECT connector FROM integrations WHERE integration = ?1), '')"

  /// Takes the claim if nobody holds it, in one statement; an integration without a schedule gets an empty one.
  /// - Returns: `nil` when somebody else does.
  package func claim(
    _ integration: UUID, workspace: UUID, owner: String, boot: BootInstant, for duration: Duration
  ) throws -> Claim? {
    try execute(
      """
      INSERT INTO schedules (integration, workspace, connector)
      VALUES (?1, ?2, \(Self.connector)) ON CONFLICT DO NOTHING
      """,
      [.uuid(integration), .uuid(workspace)], table: "schedules")
    let taken = try execute(
      """
      UPDATE schedules SET fence = fence + 1, claim_owner = ?, claim_boot = ?, claim_until = ?
      WHERE integration = ? AND (claim_owner IS NULL OR claim_boot <> ? OR claim_until <= ?)
      """,
      [
        .text(owner), .text(boot.boot), .integer(boot.milliseconds + duration.milliseconds), .uuid(integration),
        .text(boot.boot), .integer(boot.milliseconds),
      ], table: "schedules")
    guard taken == 1 else { return nil }
    guard let row = try row(ScheduleRow.self, .uuid(integration)) else { return nil }
    return Claim(integration: integration, fence: row.fence, owner: owner)
  }

  /// Lets go of all claims of an owner that is gone.
  package func releaseClaims(of owner: String) throws {
    try execute(
      "UPDATE schedules SET claim_owner = NULL, claim_boot = NULL, claim_until = NULL WHERE claim_owner = ?",
      [.text(owner)], table: "schedules")
  }

  /// Lets go of a claim that is still held; a claim that somebody took over is left alone.
  package func release(_ claim: Claim) throws {
    try execute(
      """
      UPDATE schedules SET claim_owner = NULL, claim_boot = NULL, claim_until = NULL
      WHERE integration = ? AND fence = ? AND claim_owner = ?
      """,
      [.uuid(claim.integration), .integer(claim.fence), .text(claim.owner)], table: "schedules")
  }

  /// Lengthens a claim that is still held.
  package func extend(_ claim: Claim, boot: BootInstant, for duration: Duration) throws {
    try execute(
      "UPDATE schedules SET claim_until = ? WHERE integration = ? AND fence = ? AND claim_owner = ?",
      [
        .integer(boot.milliseconds + duration.milliseconds), .uuid(claim.integration), .integer(claim.fence),
        .text(claim.owner),
      ], table: "schedules")
  }

  /// Removes the schedule of an integration that goes.
  package func unschedule(_ integration: UUID) throws {
    try execute("DELETE FROM schedules WHERE integration = ?", [.uuid(integration)], table: "schedules")
  }

  /// Sets when the next refresh is due (`nil`: on demand only) and how many transient failures came before it.
  package func schedule(_ integration: UUID, workspace: UUID, refreshAt: Instant?, failures: Int64) throws {
    try execute(
      """
      INSERT INTO schedules (integration, workspace, connector, refresh_at, failures)
      VALUES (?1, ?2, \(Self.connector), ?3, ?4)
      ON CONFLICT (integration) DO UPDATE SET
        connector = excluded.connector, refresh_at = excluded.refresh_at, failures = excluded.failures
      """,
      [.uuid(integration), .uuid(workspace), .instant(refreshAt), .integer(failures)], table: "schedules")
  }
}
