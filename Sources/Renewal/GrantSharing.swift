import Custody
import Foundation
import Sealing
import Storage

/// Whether a grant that ends with its token is in use elsewhere: at some providers one token ends everything that a
/// client has from an account.
enum GrantSharing: Sendable {
  case unused
  /// A ready integration lives on it, or may, for all that is known.
  case used
  /// Somebody is bringing a new one of the same client this very moment.
  case unsettled
}

extension CustodyView {
  /// Looks at all integrations of the same client, in whichever workspace. Rows that do not verify count too: they can
  /// only make it more careful.
  func sharing(of row: RevocationRow, _ connector: ConnectorRow) throws -> GrantSharing {
    let client: [String: ColumnValue] = ["provider": .text(connector.provider), "client_id": .text(connector.clientID)]
    for sibling in try unauthenticated.rows(ConnectorRow.self, matching: client) {
      let own = ["connector": ColumnValue.uuid(sibling.connector)]
      for state in [AttemptState.exchanging, .verifying] {
        if try unauthenticated.count(AttemptRow.self, matching: own.merging(["state": .word(state)]) { $1 }) > 0 {
          return .unsettled
        }
      }
      if try isUsed(own.merging(["lifecycle": .word(Lifecycle.ready)]) { $1 }, by: row.actor) { return .used }
    }
    return .unused
  }

  /// An account that nobody knows may be any.
  private func isUsed(_ ready: [String: ColumnValue], by actor: String?) throws -> Bool {
    guard let actor else { return try unauthenticated.count(IntegrationRow.self, matching: ready) > 0 }
    return try [ColumnValue.text(actor), .null].contains {
      try unauthenticated.count(IntegrationRow.self, matching: ready.merging(["actor": $0]) { $1 }) > 0
    }
  }
}
