import Catalogue
import Custody
import Foundation
import Logging
import OAuth
import Sealing
import Storage

/// The pipeline of an authorization: begin → visit → authorize → callback → exchange → land → verify → put or swap.
///
/// First connects, renewals and forms are the same pipeline; a renewal differs in its preconditions and in its last
/// step. The old credential is untouched until the swap.
package struct Attempts: Sendable {
  let custodian: Custodian
  let catalogue: ProviderCatalogue
  let endpoints: ProviderEndpoints
  let refresher: Refresher
  let address: PublicAddress
  let sessions: ConnectSessions
  let chance: Chance
  let log: Logger
  /// Between one probe that found nobody and the next.
  let probePauses: [Duration]
  /// How long a browser has from the first page to the provider's answer.
  static let lifetime = Duration.seconds(600)

  package init(
    custodian: Custodian, catalogue: ProviderCatalogue, endpoints: ProviderEndpoints, refresher: Refresher,
    address: PublicAddress, chance: Chance, log: Logger, probePauses: [Duration] = Attempts.probePauses
  ) {
    self.custodian = custodian
    self.catalogue = catalogue
    self.endpoints = endpoints
    self.refresher = refresher
    self.address = address
    sessions = ConnectSessions(custodian: custodian, address: address)
    self.chance = chance
    self.log = log
    self.probePauses = probePauses
  }

  /// While somebody waits for the page.
  package static let probePauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

  /// The newest state of an attempt, by its listener id.
  package func attempt(listener: String) throws -> AttemptRow? {
    try custodian.view { try $0.rows(AttemptRow.self, matching: ["listener": .text(listener)]).first }
  }

  /// The attempt behind a ticket, in this browser.
  func attempt(ticket: String) throws -> AttemptRow {
    guard let bytes = Base64URL.decode(ticket),
      let row = try custodian.view({ view in
        try view.rows(AttemptRow.self, matching: ["ticket_hash": .blob(Digest.sha256(bytes))]).first
      })
    else { throw ConnectRefusal.unknownAttempt }
    return row
  }

  func connection(of attempt: AttemptRow, in view: CustodyView) throws -> Connection {
    guard let connector = try view.row(ConnectorRow.self, .uuid(attempt.connector)), connector.removedAt == nil else {
      throw ConnectRefusal.unknownConnector
    }
    guard let connection = Connection(connector: connector, parameters: attempt.parameters, catalogue: catalogue)
    else { throw ConnectRefusal.unknownProvider }
    return connection
  }
}

/// Names under which an attempt's secrets are sealed.
extension AttemptRow {
  var pkceName: String { "attempt/\(attempt.text)/pkce" }
  var landedName: String { "attempt/\(attempt.text)/landed" }

  /// The attempt's cookie. `__Host-` binds it to exactly this host, and works only over https; a server on plain http
  /// is a developer's own machine.
  package func cookieName(isSecure: Bool) -> String {
    isSecure ? "__Host-reseal-\(attempt.text)" : "reseal-\(attempt.text)"
  }
}
