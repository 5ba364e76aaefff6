import Custody
import Foundation
import Sealing
import Storage

/// The tenants of a vault.
package struct Workspaces: Sendable {
  private let custodian: Custodian

  init(custodian: Custodian) { self.custodian = custodian }

  /// Makes a workspace with its first key generation.
  package func create(id: UUID, name: String, origins: [String], by actor: Actor) async throws {
    try await custodian.createWorkspace(id: id, name: name, origins: origins, by: actor)
  }

  package func list() throws -> [WorkspaceRow] { try custodian.view { try $0.workspaces() } }

  package func workspace(_ id: UUID) throws -> WorkspaceRow { try custodian.view { try $0.workspace(id) } }

  /// Replaces the list of origins whose pages may connect, where one is given, and lets `decide` change the policy.
  package func update(
    _ id: UUID, origins: [String]?, by actor: Actor, policy decide: @escaping @Sendable (inout WorkspacePolicy) -> Void
  ) async throws {
    let list = origins.map(CanonicalJSON.text)
    try await custodian.change(AuditEntry("workspace.update", "workspace/\(id.text)", workspace: id, by: actor)) { change in
      var row = try change.workspace(id)
      if let list { row.origins = list }
      decide(&row.rules)
      try change.update(row)
    }
  }

  /// Whether any workspace lists this origin: a browser's preflight does not say which one it is for.
  package func anyAllows(_ origin: String) throws -> Bool { try list().contains { $0.allowedOrigins.contains(origin) } }

  /// How many integrations a workspace has, and how many of them wait for their customer.
  package func counts(of id: UUID) throws -> (integrations: Int, needReauthorization: Int) {
    let scope = ["workspace": ColumnValue.uuid(id)]
    let broken = scope.merging(["lifecycle": .word(Lifecycle.needsReauthorization)]) { $1 }
    return try custodian.view { view in
      (
        try view.unauthenticated.count(IntegrationRow.self, matching: scope),
        try view.unauthenticated.count(IntegrationRow.self, matching: broken)
      )
    }
  }
}

extension WorkspaceRow {
  package var allowedOrigins: [String] { CanonicalJSON.value(from: origins) ?? [] }
}
