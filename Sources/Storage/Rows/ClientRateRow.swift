import Foundation
import Sealing

/// How much of its rate a provider's client has used: all processes of this machine share it. Without a MAC: it may move
/// a refresh, never a value.
package struct ClientRateRow: StoredRow {
  package static let table = "client_rates"
  package static let key = ["workspace", "provider", "client"]
  package static let columns = ["workspace", "provider", "client", "boot", "used_until"]

  package let workspace: UUID
  package let provider: String
  /// The client id at the provider.
  package let client: String
  package var boot: String
  /// Microseconds of the boot clock: when the requests so far would have been made, at exactly the rate.
  package var usedUntil: Int64

  package init(workspace: UUID, provider: String, client: String, boot: String, usedUntil: Int64) {
    self.workspace = workspace
    self.provider = provider
    self.client = client
    self.boot = boot
    self.usedUntil = usedUntil
  }

  package var values: [ColumnValue] {
    [.uuid(workspace), .text(provider), .text(client), .text(boot), .integer(usedUntil)]
  }

  package init(reading columns: inout ColumnReader) throws {
    workspace = try columns.uuid()
    provider = try columns.text()
    client = try columns.text()
    boot = try columns.text()
    usedUntil = try columns.integer()
  }
}
