import Foundation
import Sealing

/// One step of an integration's life.
package struct TransitionRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "transitions"
  package static let key = ["integration", "sequence"]
  package static let columns = [
    "integration", "sequence", "at", "event", "from_state", "to_state", "reason_code", "grant_number",
    "version",
  ]

  package var integration: UUID
  package var sequence: Int64
  package var at: Instant
  package var event: String
  package var fromState: String
  package var toState: String
  package var reasonCode: String?
  package var grantNumber: Int64
  package var version: Int64?
  package var seal = RowSeal.none

  package init(
    integration: UUID, sequence: Int64, at: Instant, event: String, fromState: String, toState: String,
    reasonCode: String? = nil, grantNumber: Int64, version: Int64? = nil
  ) {
    self.integration = integration
    self.sequence = sequence
    self.at = at
    self.event = event
    self.fromState = fromState
    self.toState = toState
    self.reasonCode = reasonCode
    self.grantNumber = grantNumber
    self.version = version
  }

  package var values: [ColumnValue] {
    [
      .uuid(integration), .integer(sequence), .instant(at), .text(event), .text(fromState), .text(toState),
      .optional(reasonCode), .integer(grantNumber), .optional(version),
    ]
  }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    sequence = try columns.integer()
    at = try columns.instant()
    event = try columns.text()
    fromState = try columns.text()
    toState = try columns.text()
    reasonCode = try columns.optionalText()
    grantNumber = try columns.integer()
    version = try columns.optionalInteger()
    seal = try columns.seal()
  }
}
