import Foundation
import Storage

/// The writes that need neither MAC nor audit entry: schedules and claims, breakers, rates. They may move a refresh, never a value.
package struct UnauthenticatedWrites {
  private let tx: WriteTransaction

  init(_ tx: WriteTransaction) { self.tx = tx }

  /// Sets when the next refresh is due (`nil`: on demand only) and how many transient failures came before it.
  package func schedule(_ integration: UUID, workspace: UUID, refreshAt: Instant?, failures: Int64) throws {
    try tx.schedule(integration, workspace: workspace, refreshAt: refreshAt, failures: failures)
  }

  /// Takes the claim on an integration's refresh if nobody holds it; `nil` when somebody else does.
  package func claim(
    _ integration: UUID, workspace: UUID, owner: String, boot: BootInstant, for duration: Duration
  ) throws -> Claim? {
    try tx.claim(integration, workspace: workspace, owner: owner, boot: boot, for: duration)
  }

  /// Lengthens a claim that is still held.
  package func extend(_ claim: Claim, boot: BootInstant, for duration: Duration) throws {
    try tx.extend(claim, boot: boot, for: duration)
  }

  /// Lets go of all claims of an owner that is gone.
  package func releaseClaims(of owner: String) throws { try tx.releaseClaims(of: owner) }

  /// Lets go of a claim that is still held; a claim that somebody took over is left alone.
  package func release(_ claim: Claim) throws { try tx.release(claim) }

  /// Removes the schedule of an integration that goes.
  package func unschedule(_ integration: UUID) throws { try tx.unschedule(integration) }

  package func put(_ row: BreakerRow) throws { try tx.put(row) }

  package func put(_ row: ClientRateRow) throws { try tx.put(row) }
}
