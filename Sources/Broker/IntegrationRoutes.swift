import Custody
import Foundation
import Hummingbird
import Renewal
import Reseal
import Storage

/// Metadata and state, never secrets; and the plain verbs.
struct IntegrationRoutes: Sendable {
  let assembly: Assembly
  let access: Access

  func add(to router: Router<BasicRequestContext>) {
    router.get("v1/integrations") { request, _ in try list(request, customer: nil) }
    router.get("v1/customers/:customer/integrations") { request, context in
      try list(request, customer: context.parameters.get("customer"))
    }
    router.get("v1/integrations/:id") { request, context in try show(request, context) }
    for (path, event) in [
      ("suspend", IntegrationEvent.suspended), ("resume", .resumed), ("disconnect", .disconnected),
      ("import-done", .importDone),
    ] {
      router.post("v1/integrations/:id/\(path)") { request, context in
        let grant = try access.require(.write, request)
        let head = try await assembly.integrations.apply(
          event, to: try context.uuid("id"), workspace: grant.workspace, by: grant.actor)
        return try reply(head.integration, grant)
      }
    }
    router.delete("v1/integrations/:id") { request, context in
      let grant = try access.require(.write, request)
      let head = try await assembly.integrations.apply(
        .deleted, to: try context.uuid("id"), workspace: grant.workspace, by: grant.actor)
      return try reply(head.integration, grant)
    }
    router.delete("v1/customers/:customer") { request, context in
      let grant = try access.require(.write, request)
      let deleted = try await assembly.integrations.delete(
        customer: context.parameters.get("customer") ?? "", workspace: grant.workspace, by: grant.actor)
      return Response.json(["deleted": deleted])
    }
  }

  private func show(_ request: Request, _ context: BasicRequestContext) throws -> Response {
    let grant = try access.require(.read, request)
    return try reply(try context.uuid("id"), grant)
  }

  private func reply(_ integration: UUID, _ grant: AccessGrant) throws -> Response {
    .json(IntegrationSummary(try assembly.directory.entry(integration, workspace: grant.workspace)))
  }

  private struct Listing: Encodable {
    let integrations: [IntegrationSummary]
    let next: String?
  }

  private func list(_ request: Request, customer: String?) throws -> Response {
    let grant = try access.require(.read, request)
    let query = request.uri.queryParameters
    let limit = min(max(query.get("limit").flatMap { Int($0) } ?? 100, 1), 1000)
    let after = query.get("after").flatMap { UUID(uuidString: $0) }
    let entries = try assembly.directory.entries(
      workspace: grant.workspace, customer: customer, after: after, limit: limit)
    return .json(
      Listing(
        integrations: entries.map(IntegrationSummary.init),
        next: entries.count == limit ? entries.last?.integration.integration.text : nil))
  }
}

/// An integration as the API and the command line show it.
package struct IntegrationSummary: Encodable, Sendable {
  let integration_id: String
  let customer_id: String
  let connector: String?
  let name: String?
  let state: String
  let reason_code: String?
  let since: String
  let next_action: String
  let serving: Bool
  let refreshing: Bool
  let deadline_at: String?
  let version: Int64?
  let grant: Int64
  let verified_at: String?
  let created_at: String

  package init(_ entry: DirectoryEntry) {
    let row = entry.integration
    let standing = entry.standing
    integration_id = row.integration.text
    customer_id = row.customer
    connector = entry.connector
    name = row.name
    state = standing.state.word
    reason_code = standing.reason
    since = row.since.text
    next_action = standing.nextAction.rawValue
    serving = standing.isServing
    refreshing = standing.isRefreshing
    deadline_at = standing.deadlineAt?.text
    version = row.currentVersion
    grant = row.grantNumber
    verified_at = row.verifiedAt?.text
    created_at = row.createdAt.text
  }
}
