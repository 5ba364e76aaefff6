import Custody
import Foundation
import Logging
import Storage

/// Tells that grants end soon: 30, 7 and 1 days before, each once, however many processes look.
package struct DeadlineNotices: Sendable {
  private let custodian: Custodian
  private let log: Logger
  private static let pageSize = 100

  package init(custodian: Custodian, log: Logger) {
    self.custodian = custodian
    self.log = log
  }

  /// A turn of it before refreshes, which may not wait for a hundred thousand notices of the same day.
  package static let turn = Duration.seconds(1)

  /// Gives the notices that are due; none while the wall clock is doubted.
  /// - Parameter limit: how long at most, the first page aside.
  /// - Returns: how many were given.
  @discardableResult
  package func run(for limit: Duration? = nil, while mayGoOn: @Sendable () -> Bool = { true }) async throws -> Int {
    if try custodian.doubtsClock() { return 0 }
    let end = limit.map { ContinuousClock.now + $0 }
    var (given, last) = (0, DeadlineRow?.none)
    while mayGoOn() {
      let page = try custodian.view { [last] view in
        try view.unauthenticated.dueDeadlines(at: view.now, after: last, limit: Self.pageSize)
      }
      for row in page where try await look(at: row) { given += 1 }
      guard page.count == Self.pageSize, end.map({ ContinuousClock.now < $0 }) ?? true else { break }
      last = page.last
    }
    return given
  }

  /// When the next notice falls due.
  package func nextNotice() throws -> Instant? { try custodian.view { try $0.unauthenticated.nextDeadlineNotice() } }

  /// One that does not verify is left for `reseal verify` to name, and keeps no other from being told.
  private func look(at row: DeadlineRow) async throws -> Bool {
    do {
      return try await custodian.amend { try $0.giveNotice(of: row.integration) }
    } catch CustodyError.integrity(let table, let key) {
      log.error("no notice of a deadline could be given", metadata: ["row": "\(table)/\(key)"])
      return false
    }
  }
}

extension CustodyChange {
  /// - Returns: whether there was one to give: another process may have been here.
  fileprivate func giveNotice(of integration: UUID) throws -> Bool {
    guard var row = try row(DeadlineRow.self, .uuid(integration)), let noticeAt = row.noticeAt, noticeAt <= now else {
      return false
    }
    var head = try self.integration(integration, workspace: row.workspace)
    guard head.lifecycle == .ready, head.grantNumber == row.grantNumber else {
      try delete(DeadlineRow.self, .uuid(integration))
      return false
    }
    guard let days = DeadlineNotice.due(before: row.at, began: row.beganAt, told: row.told, now: now) else {
      return false
    }
    row.told = days
    row.noticeAt = DeadlineNotice.next(before: row.at, began: row.beganAt, told: days)
    try update(row)
    days == 0 ? try askProvider(about: head) : try tell(row, &head)
    return days > 0
  }

  private func tell(_ row: DeadlineRow, _ head: inout IntegrationRow) throws {
    let daysLeft = (row.at - now).milliseconds / 86_400_000 + ((row.at - now).milliseconds % 86_400_000 > 0 ? 1 : 0)
    try apply(.deadlineNear, to: &head, payload: ["days_left": String(daysLeft), "deadline_at": row.at.text])
    try record(
      AuditEntry(
        "integration.expiring", "integration/\(head.integration.text)", workspace: head.workspace, by: .refresher,
        detail: ["days_left": String(daysLeft), "deadline_at": row.at.text, "reason": row.reason.rawValue]))
  }

  /// The calendar alone ends no grant: the provider is asked by a refresh, and its word counts.
  private func askProvider(about head: IntegrationRow) throws {
    guard let schedule = try unauthenticated.row(ScheduleRow.self, .uuid(head.integration)),
      schedule.refreshAt.map({ $0 > now }) ?? true
    else { return }
    try unauthenticatedWrites.schedule(
      head.integration, workspace: head.workspace, refreshAt: now, failures: schedule.failures)
  }
}
