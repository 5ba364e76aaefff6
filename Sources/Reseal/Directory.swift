import Catalogue
import Custody
import Foundation
import Renewal
import Storage

/// An integration together with the slug of its connector.
package struct DirectoryEntry: Sendable {
  package let integration: IntegrationRow
  package let connector: String?
  package let standing: IntegrationStanding
}

/// Integrations as one looks them up: metadata and state, never secrets.
package struct Directory: Sendable {
  private let custodian: Custodian
  private let catalogue: ProviderCatalogue

  init(custodian: Custodian, catalogue: ProviderCatalogue) {
    self.custodian = custodian
    self.catalogue = catalogue
  }

  /// - Throws: `CustodyError.notFound` for what is missing, or not this workspace's and customer's.
  package func entry(_ integration: UUID, workspace: UUID, customer: String? = nil) throws -> DirectoryEntry {
    try custodian.view { view in
      let head = try view.integration(integration, workspace: workspace, customer: customer)
      return try entry(of: head, in: view)
    }
  }

  /// What there is to tell about an integration as `head` has it.
  package func entry(of head: IntegrationRow) throws -> DirectoryEntry {
    try custodian.view { try entry(of: head, in: $0) }
  }

  private func entry(of head: IntegrationRow, in view: CustodyView) throws -> DirectoryEntry {
    DirectoryEntry(
      integration: head, connector: try view.row(ConnectorRow.self, .uuid(head.connector))?.slug,
      standing: try IntegrationStanding(
        of: head, in: view, catalogue: catalogue, boot: custodian.clocks.boot()))
  }

  /// The workspace that an integration belongs to.
  package func workspace(of integration: UUID) throws -> UUID {
    guard let row = try custodian.view({ try $0.row(IntegrationRow.self, .uuid(integration)) }) else {
      throw CustodyError.notFound
    }
    return row.workspace
  }

  /// A page of a workspace's integrations in id order, after `integration`.
  package func entries(
    workspace: UUID, customer: String? = nil, after integration: UUID? = nil, limit: Int
  ) throws -> [DirectoryEntry] {
    try custodian.view { view in
      let connectors = try view.rows(ConnectorRow.self, matching: ["workspace": .uuid(workspace)])
      let slugs = Dictionary(connectors.map { ($0.connector, $0.slug) }, uniquingKeysWith: { first, _ in first })
      return try view.unauthenticated.integrations(
        workspace: workspace, customer: customer, after: integration, limit: limit
      ).map { row in
        let head = try view.verified(row)
        return DirectoryEntry(
          integration: head, connector: slugs[head.connector],
          standing: try IntegrationStanding(
        of: head, in: view, catalogue: catalogue, boot: custodian.clocks.boot()))
      }
    }
  }

  /// All of a workspace's integrations in a state, in id order.
  package func entries(workspace: UUID, customer: String?, in state: PublishedState) throws -> [DirectoryEntry] {
    var (found, last, isDone): ([DirectoryEntry], UUID?, Bool) = ([], nil, false)
    while !isDone {
      let page = try entries(workspace: workspace, customer: customer, after: last, limit: 500)
      found += page.filter { PublishedState($0.integration.state) == state }
      (last, isDone) = (page.last?.integration.integration, page.count < 500)
    }
    return found
  }

  /// - Throws: `ConnectRefusal.unknownConnector`.
  package func requireConnector(_ slug: String, workspace: UUID) throws {
    if try custodian.view({ try $0.connector(slug, workspace: workspace) }) == nil { throw ConnectRefusal.unknownConnector }
  }

  /// The customers who have integrations, deleted ones aside, with how many.
  package func customers(workspace: UUID) throws -> [(customer: String, integrations: Int)] {
    try custodian.view { try $0.unauthenticated.customers(workspace: workspace) }
  }

  /// What is known of the current credential, without opening it; `nil` before the first.
  package func currentCredential(of head: IntegrationRow) throws -> CredentialRow? {
    guard let version = head.currentVersion else { return nil }
    return try custodian.view { try $0.credential(of: head, version: version) }
  }

  /// Every version that is kept, oldest first.
  package func versions(of head: IntegrationRow) throws -> [CredentialRow] {
    try custodian.view { try $0.rows(CredentialRow.self, matching: ["integration": .uuid(head.integration)]) }
  }

  /// The steps of an integration's life, oldest first.
  package func transitions(of head: IntegrationRow) throws -> [TransitionRow] {
    try custodian.view { view in
      try view.rows(TransitionRow.self, matching: ["integration": .uuid(head.integration)])
    }
  }

  /// The same with refreshes, connects and renewals, in words for people.
  package func timeline(of head: IntegrationRow) throws -> [TimelineEntry] {
    try custodian.view { try $0.timeline(of: head) }
  }

  /// When and why it is refreshed next.
  package func explanation(of head: IntegrationRow) throws -> RefreshExplanation {
    try RefreshExplanation(head, custodian: custodian, catalogue: catalogue)
  }
}
