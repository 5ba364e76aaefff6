import Custody
import Foundation
import Storage

/// Why an integration waits although nothing is wrong with it, in words for people.
struct ConnectorTrouble {
  let lines: [String]

  init(of head: IntegrationRow, in view: CustodyView, at boot: BootInstant) throws {
    let connector = try view.connector(of: head)
    let incidents = try view.openIncidents(of: connector.connector)
    let rest = try view.rest(of: connector.connector, at: boot).map { rest in
      """
      Nothing of the connector \(connector.slug) is refreshed for another \(rest.left.inWords) (\(rest.reason)); then one \
      refresh tries.
      """
    }
    lines = incidents.map { Self.words(for: $0, connector) } + [rest].compactMap(\.self)
  }

  private static func words(for incident: IncidentRow, _ connector: ConnectorRow) -> String {
    switch incident.kind {
    case .misconfigured:
      """
      Since \(incident.openedAt.text) the provider refuses the client of the connector \(connector.slug) \
      (\(incident.reason)). Nothing is wrong with this integration: check the client secret, and give a new one with \
      reseal connector update \(connector.slug) --client-secret-file FILE.
      """
    case .refusalsHeld:
      """
      Since \(incident.openedAt.text) the provider refuses the tokens of many customers of \(connector.slug) at once \
      (\(incident.reason)). That is not believed, and no customer is asked to reconnect, until some are refreshed again, \
      or you say that it is true: reseal connector resume \(connector.slug).
      """
    }
  }
}
