import Catalogue
import Custody
import Foundation
import Storage

/// How long a grant lives: until its deadline, and only as long as its refresh token does not lie idle.
package struct GrantLife: Sendable, Hashable {
  package var deadline: GrantDeadline?
  /// The time within which the refresh token is to be used, twice over: a refresh is due before half of it has passed.
  package var idleLimit: Duration?

  package init(deadline: GrantDeadline? = nil, idleLimit: Duration? = nil) {
    self.deadline = deadline
    self.idleLimit = idleLimit
  }

  /// - Parameters:
  ///   - began: when this grant began; `nil` where it goes on and what is known of its limit stands.
  ///   - replied: how long the refresh token lives, as the reply says.
  package init(_ policy: RefreshPolicy, began: Instant?, replied: Duration? = nil, requestedAt: Instant) {
    let limit = policy.absoluteLimit.flatMap { limit in
      began.map { GrantDeadline(at: $0 + .seconds(limit), reason: .absoluteLimit) }
    }
    let named = replied.map { GrantDeadline(at: requestedAt + $0, reason: .reply) }
    deadline = [limit, named].compactMap(\.self).filter { $0.at > requestedAt }.min { $0.at < $1.at }
    idleLimit = [policy.idleLimit.map { .seconds($0) }, replied.map(Self.idleLimit)].compactMap(\.self).min()
  }

  /// A refresh may move a deadline that a reply named. So one is tried before half of that time, and before a notice that
  /// it would make needless; not more often than hourly for a notice's sake.
  static func idleLimit(replied life: Duration) -> Duration {
    let (began, end) = (Instant(milliseconds: 0), Instant(milliseconds: 0) + life)
    guard let notice = DeadlineNotice.possible(before: end, began: began).first.map({ DeadlineNotice.instant($0, before: end) - began })
    else { return life }
    return min(life, max(notice * 2, .seconds(2 * 3600)))
  }
}

extension CustodyView {
  /// When the grant of a version began: at the connect, renewal or put that brought it.
  func beginning(of grant: Int64, _ integration: UUID) throws -> Instant? {
    try rows(CredentialRow.self, matching: ["integration": .uuid(integration), "grant_number": .integer(grant)])
      .filter { $0.origin != .refresh }.map(\.createdAt).min()
  }
}
