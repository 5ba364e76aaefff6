import Catalogue
import Custody
import Foundation
import Storage

/// What keeps an integration from being refreshed although nothing is wrong with it: its connector's trouble, or a
/// provider that this process does not know.
struct Obstacle {
  let reason: String?
  /// An operator is needed.
  let isIncident: Bool

  init(of head: IntegrationRow, in view: CustodyView, catalogue: ProviderCatalogue, boot: BootInstant) throws {
    let incidents = try view.openIncidents(of: head.connector)
    let connection = Connection(
      connector: try view.connector(of: head), parameters: head.parameters, catalogue: catalogue)
    isIncident = !incidents.isEmpty
    reason =
      try incidents.first?.reason ?? view.rest(of: head.connector, at: boot)?.reason
      ?? (connection == nil ? RefreshOutcome.unknownProvider : nil)
  }
}
