import Foundation
import Sealing

/// The last number given to an event of an integration: 1, 2, 3 …
package struct EventCounterRow: VaultLevelRow {
  package static let isLogged = false
  package static let table = "event_counters"
  package static let key = ["integration"]
  package static let columns = ["integration", "last"]

  package var integration: UUID
  package var last: Int64
  package var seal = RowSeal.none

  package init(integration: UUID, last: Int64) {
    self.integration = integration
    self.last = last
  }

  package var values: [ColumnValue] { [.uuid(integration), .integer(last)] }

  package init(reading columns: inout ColumnReader) throws {
    integration = try columns.uuid()
    last = try columns.integer()
    seal = try columns.seal()
  }
}
