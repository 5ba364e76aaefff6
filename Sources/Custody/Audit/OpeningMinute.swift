import Foundation
import Storage

/// The openings of one caller in one minute: the first has an entry of its own, the others are counted.
struct OpeningMinute: Sendable {
  struct Caller: Hashable {
    let actor: Actor
    let workspace: UUID
    let integration: UUID
    let version: Int64
    let purpose: String
  }

  static let length = Duration.seconds(60)

  let caller: Caller
  let since: Instant
  var repeats = 0

  /// A clock that went back ends it, too: an entry too many is better than one too few.
  func covers(_ now: Instant) -> Bool { now >= since && now - since < Self.length }

  /// One entry for all the repeats.
  var entry: AuditEntry {
    AuditEntry(
      "credential.open", "integration/\(caller.integration.text)", workspace: caller.workspace, by: caller.actor,
      detail: [
        "version": String(caller.version), "purpose": caller.purpose, "again": String(repeats), "since": since.text,
      ])
  }
}
