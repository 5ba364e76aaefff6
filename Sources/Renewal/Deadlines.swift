import Custody
import Foundation
import Storage

extension CustodyView {
  /// The deadline of the integration's current grant.
  package func deadline(of head: IntegrationRow) throws -> DeadlineRow? {
    guard head.lifecycle == .ready || head.lifecycle == .pending else { return nil }
    return try row(DeadlineRow.self, .uuid(head.integration)).flatMap { $0.grantNumber == head.grantNumber ? $0 : nil }
  }

  /// Whether a notice was given of it.
  func deadlineIsNear(_ head: IntegrationRow) throws -> Bool {
    try row(DeadlineRow.self, .uuid(head.integration)).map { row in
      row.grantNumber == head.grantNumber && row.told != nil
    } ?? false
  }
}

extension CustodyChange {
  /// Writes down when the grant ends that is current now.
  /// - Parameter deadline: `nil` where nothing is known: of a new grant. A refresh that names none leaves the deadline.
  func setDeadline(of head: IntegrationRow, to deadline: GrantDeadline?, isNewGrant: Bool) throws {
    let known = try row(DeadlineRow.self, .uuid(head.integration))
    guard !isNewGrant, let known, known.grantNumber == head.grantNumber else {
      guard let deadline else { return try delete(DeadlineRow.self, .uuid(head.integration)) }
      return try write(DeadlineRow(deadline, of: head, began: now), over: known)
    }
    if let deadline {
      if let moved = known.moved(to: deadline, now: now) { try update(moved) }
    } else if known.at <= now {
      // The provider gave a token all the same: what was known of the grant was wrong.
      try delete(DeadlineRow.self, .uuid(head.integration))
    }
  }

  private func write(_ row: DeadlineRow, over known: DeadlineRow?) throws {
    known == nil ? try insert(row) : try update(row)
  }
}

extension DeadlineRow {
  fileprivate init(_ deadline: GrantDeadline, of head: IntegrationRow, began: Instant) {
    self.init(
      integration: head.integration, workspace: head.workspace, grantNumber: head.grantNumber, at: deadline.at,
      reason: deadline.reason, beganAt: began,
      noticeAt: DeadlineNotice.next(before: deadline.at, began: began, told: nil))
  }

  /// The row after a reply named the deadline anew; `nil` where it named the same one. What was told stays told while it
  /// is true.
  fileprivate func moved(to deadline: GrantDeadline, now: Instant) -> DeadlineRow? {
    let slack = min(.seconds(3600), (at - beganAt) / 100)
    guard deadline.at > at + slack || deadline.at < at - slack else { return nil }
    var row = self
    (row.at, row.reason) = (deadline.at, deadline.reason)
    if deadline.at > at { row.beganAt = now }
    row.told = told.flatMap { DeadlineNotice.instant($0, before: deadline.at) <= now ? $0 : nil }
    row.noticeAt = DeadlineNotice.next(before: row.at, began: row.beganAt, told: row.told)
    return row
  }
}
