import Custody
import Foundation
import Logging
import Storage

/// Removes what a workspace's policy keeps no longer: refreshed versions, events, ended attempts. Numbers are not given
/// again: the highest ones stand elsewhere.
package struct Janitor: Sendable {
  private let custodian: Custodian
  private let log: Logger
  /// Rows of each kind in one transaction: other writers wait for it.
  private let pageSize: Int

  package init(custodian: Custodian, log: Logger, pageSize: Int = 200) {
    self.custodian = custodian
    self.log = log
    self.pageSize = pageSize
  }

  /// Prunes every workspace, page after page; nothing while the wall clock is doubted. Any number of processes may do so together.
  /// - Parameter mayGoOn: asked before each page.
  package func run(while mayGoOn: @Sendable () -> Bool = { true }) async throws -> PruneCount {
    var all = PruneCount()
    if try custodian.doubtsClock() { return all }
    for workspace in try custodian.view({ try $0.workspaces() }) {
      var isDone = false
      while !isDone, mayGoOn() {
        let count = try await prunePage(of: workspace.workspace)
        all = all + count
        isDone = count.total < pageSize
      }
    }
    return all
  }

  /// Hourly, until the task is cancelled.
  package func runHourly() async {
    while !Task.isCancelled {
      do { _ = try await run(while: { !Task.isCancelled }) } catch {
        log.error("old rows were not pruned", metadata: ["error": "\(error)"])
      }
      do { try await Task.sleep(for: .seconds(3600)) } catch { return }
    }
  }

  /// One transaction with one audit entry; none where there is nothing to prune.
  private func prunePage(of workspace: UUID) async throws -> PruneCount {
    let (size, log) = (pageSize, log)
    guard try custodian.view({ try Prunable(of: workspace, limit: 1, in: $0).isEmpty }) == false else {
      return PruneCount()
    }
    return try await custodian.amend { change in
      let count = try Prunable(of: workspace, limit: size, in: change).remove(by: change, log: log)
      if count.total > 0 {
        try change.record(
          AuditEntry(
            "workspace.prune", "workspace/\(workspace.text)", workspace: workspace, by: .janitor, detail: count.detail))
      }
      return count
    }
  }
}

/// A page of what may go, of one workspace.
private struct Prunable {
  private let versions: [CredentialRow]
  private let events: [EventRow]
  private let attempts: [AttemptRow]
  private let refreshAttempts: [RefreshAttemptRow]

  init(of workspace: UUID, limit: Int, in view: CustodyView) throws {
    let retention = Retention(try view.workspace(workspace).rules)
    let (rows, cutoff) = (view.unauthenticated, retention.cutoff(view.now))
    versions = try rows.supersededVersions(
      workspace: workspace, before: cutoff, keeping: retention.versions, limit: limit)
    events = try rows.events(workspace: workspace, before: cutoff, limit: limit)
    attempts = try rows.attempts(workspace: workspace, endedBefore: cutoff, limit: limit)
    refreshAttempts = try rows.refreshAttempts(workspace: workspace, endedBefore: cutoff, limit: limit)
  }

  var isEmpty: Bool { versions.isEmpty && events.isEmpty && attempts.isEmpty && refreshAttempts.isEmpty }

  /// Removes the rows that verify. Those that do not stay for `reseal verify` to name: nothing is covered up.
  func remove(by change: CustodyChange, log: Logger) throws -> PruneCount {
    var count = PruneCount()
    for row in versions where isSound(log, { try change.requireSuperseded(row) }) {
      try change.delete(CredentialRow.self, .uuid(row.integration), .integer(row.version))
      count.versions += 1
    }
    for row in attempts where isSound(log, { _ = try change.verified(row) }) {
      try change.delete(AttemptRow.self, .uuid(row.attempt))
      count.attempts += 1
    }
    for row in refreshAttempts where isSound(log, { _ = try change.verified(row) }) {
      try change.delete(RefreshAttemptRow.self, .uuid(row.integration), .integer(row.fence))
      count.refreshAttempts += 1
    }
    for row in events where isSound(log, { _ = try change.verified(row) }) {
      try change.remove(row)
      count.events += 1
    }
    return count
  }

  private func isSound(_ log: Logger, _ proof: () throws -> Void) -> Bool {
    do {
      try proof()
      return true
    } catch {
      log.error("a row that does not verify is not pruned", metadata: ["error": "\(error)"])
      return false
    }
  }
}

extension CustodyChange {
  /// The row is the vault's, and so is the head that says another one is current.
  fileprivate func requireSuperseded(_ row: CredentialRow) throws {
    _ = try verified(row)
    let head = try integration(row.integration, workspace: row.workspace)
    guard head.currentVersion != row.version else {
      throw CustodyError.integrity(table: IntegrationRow.table, key: head.integration.text)
    }
  }
}
