import Custody
import Foundation
import Hummingbird
import Renewal
import Reseal
import Storage

/// What a backend may ask for a token that does not work, or may not much longer: a refresh, or what is the matter.
struct RefreshRoutes: Sendable {
  let assembly: Assembly
  let access: Access

  func add(to router: Router<BasicRequestContext>) {
    router.post("v1/integrations/:id/refresh") { request, context in try await refresh(request, context) }
    router.post("v1/integrations/:id/report") { request, context in try await report(request, context) }
  }

  private func refresh(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let grant = try access.require(.write, request)
    let id = try available(context, grant)
    let outcome = try await assembly.tokenReport.refresh(id, workspace: grant.workspace)
    if let refusal = APIError(outcome, renewURL: assembly.renewLink.url(for: id)) { throw refusal }
    return .json(try summary(id, grant))
  }

  private struct ReportBody: Decodable {
    let version: Int64?
  }

  private struct ReportReply: Encodable {
    let verdict: String
    let integration: IntegrationSummary
  }

  private func report(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let grant = try access.require(.use, request)
    let id = try available(context, grant)
    let body = try await request.optionalJSON(ReportBody.self)
    let verdict = try await assembly.tokenReport.report(
      id, workspace: grant.workspace, version: body?.version, by: grant.actor)
    return .json(ReportReply(verdict: verdict.rawValue, integration: try summary(id, grant)))
  }

  /// - Throws: what a fetch would answer where there is no token to be had.
  private func available(_ context: BasicRequestContext, _ grant: AccessGrant) throws -> UUID {
    let id = try context.uuid("id")
    let head = try assembly.directory.entry(id, workspace: grant.workspace).integration
    if let reason = Unavailability(head) { throw APIError(reason, renewURL: assembly.renewLink.url(for: id)) }
    return id
  }

  private func summary(_ id: UUID, _ grant: AccessGrant) throws -> IntegrationSummary {
    IntegrationSummary(try assembly.directory.entry(id, workspace: grant.workspace))
  }
}
