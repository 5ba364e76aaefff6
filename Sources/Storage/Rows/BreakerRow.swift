import Foundation
import Sealing

/// What the last refreshes of a connector came to, and until when none is tried. Without a MAC: it may move a refresh,
/// never a value. Instants are milliseconds of the boot clock.
package struct BreakerRow: StoredRow {
  package static let table = "breakers"
  package static let key = ["connector"]
  package static let columns = [
    "connector", "boot", "reason", "failures", "openings", "open_until", "trial_until", "blames", "blamed",
    "counted_from", "refusals", "successes",
  ]

  package var connector: UUID
  /// What is told in the time of another boot is forgotten.
  package var boot: String
  /// Why it is open.
  package var reason: String?
  /// Failures of the provider in a row.
  package var failures: Int64 = 0
  /// How often in a row it has opened: it stays open longer each time.
  package var openings: Int64 = 0
  package var openUntil: Int64?
  /// While it is open and its time is over, one refresh is tried; until then nobody else tries.
  package var trialUntil: Int64?
  /// Refusals of our client in a row, each met by another integration than the one before.
  package var blames: Int64 = 0
  /// Whose refresh met the last of them.
  package var blamed: String?
  /// When the count of refused tokens and of successes was begun.
  package var countedFrom: Int64 = 0
  package var refusals: Int64 = 0
  package var successes: Int64 = 0

  package init(connector: UUID, boot: String) {
    self.connector = connector
    self.boot = boot
  }

  package var values: [ColumnValue] {
    [
      .uuid(connector), .text(boot), .optional(reason), .integer(failures), .integer(openings), .optional(openUntil),
      .optional(trialUntil), .integer(blames), .optional(blamed), .integer(countedFrom), .integer(refusals),
      .integer(successes),
    ]
  }

  /// Counts that somebody wrote there are drawn into bounds.
  package init(reading columns: inout ColumnReader) throws {
    connector = try columns.uuid()
    boot = try columns.text()
    reason = try columns.optionalText()
    failures = Self.bounded(try columns.integer())
    openings = Self.bounded(try columns.integer())
    openUntil = try columns.optionalInteger()
    trialUntil = try columns.optionalInteger()
    blames = Self.bounded(try columns.integer())
    blamed = try columns.optionalText()
    countedFrom = try columns.integer()
    refusals = Self.bounded(try columns.integer())
    successes = Self.bounded(try columns.integer())
  }

  private static func bounded(_ count: Int64) -> Int64 { min(max(count, 0), 1_000_000_000) }
}
