import Catalogue
import Custody
import Foundation
import OAuth
import Sealing
import Storage

/// Everything that a request to the provider on behalf of an integration needs, except secrets.
package struct Connection: Sendable {
  package let connector: ConnectorRow
  package let provider: Provider
  /// The values for the provider's `${…}`: the connector's, then the connection's own.
  package let parameters: [String: String]

  package init?(connector: ConnectorRow, parameters: String, catalogue: ProviderCatalogue) {
    guard let provider = catalogue.provider(connector.provider) else { return nil }
    self.connector = connector
    self.provider = provider
    let fixed: [String: String] = CanonicalJSON.value(from: connector.parameters) ?? [:]
    let own: [String: String] = CanonicalJSON.value(from: parameters) ?? [:]
    self.parameters = fixed.merging(own) { fixed, _ in fixed }
  }

  package var refreshPolicy: RefreshPolicy { provider.refresh ?? .unknown }
}

extension ConnectorRow {
  /// The name its client secret is sealed under.
  package var clientSecretName: String { Self.clientSecretName(connector) }

  package static func clientSecretName(_ connector: UUID) -> String { "connector/\(connector.text)/client_secret" }
}

/// A client secret whose opening has been recorded, not yet opened.
struct RecordedClient: Sendable {
  let id: String
  /// Which of the connector's secrets; 0 without one.
  var version: Int64 { secret?.row.version ?? 0 }
  let secret: (row: SealedSecretRow, opening: PendingOpening)?

  func open(with custodian: Custodian) throws -> ClientCredentials {
    guard let secret else { return ClientCredentials(id: id, secret: nil) }
    return ClientCredentials(id: id, secret: try custodian.open(secret.row, spending: try secret.opening.recorded()))
  }
}

extension CustodyChange {
  /// Records that the connector's client secret is about to be used.
  /// - Parameter version: which one; the preferred one unless told.
  func recordClient(
    of connector: ConnectorRow, version: Int64? = nil, by actor: Actor, purpose: String
  ) throws -> RecordedClient {
    guard connector.secretVersion > 0 else { return RecordedClient(id: connector.clientID, secret: nil) }
    guard
      let row = try row(
        SealedSecretRow.self, .uuid(connector.workspace), .text(connector.clientSecretName),
        .integer(version ?? connector.secretVersion))
    else { throw CustodyError.integrity(table: ConnectorRow.table, key: connector.connector.text) }
    return RecordedClient(
      id: connector.clientID, secret: (row, try recordOpening(of: row, by: actor, purpose: purpose)))
  }
}

extension CustodyView {
  /// The connector of an integration.
  func connector(of head: IntegrationRow) throws -> ConnectorRow {
    guard let row = try row(ConnectorRow.self, .uuid(head.connector)), row.workspace == head.workspace else {
      throw CustodyError.integrity(table: IntegrationRow.table, key: head.integration.text)
    }
    return row
  }

  /// The versions of the connector's live client secrets, the preferred one first. While a secret is replaced at the
  /// provider there are two.
  package func clientSecrets(of connector: ConnectorRow) throws -> [SealedSecretRow] {
    try rows(
      SealedSecretRow.self,
      matching: ["workspace": .uuid(connector.workspace), "name": .text(connector.clientSecretName)]
    ).sorted { first, second in
      (first.version == connector.secretVersion ? 1 : 0, first.version)
        > (second.version == connector.secretVersion ? 1 : 0, second.version)
    }
  }
}
