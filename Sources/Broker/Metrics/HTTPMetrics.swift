internal import CoreMetrics
import Hummingbird

/// Counts requests by route template and status. Never the path: ids, tickets and links stand in it.
struct HTTPMetrics: RouterMiddleware {
  func handle(
    _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let route = context.endpointPath ?? "none"
    Counter(
      label: "reseal_http_requests_total",
      dimensions: [("method", Self.method(request)), ("route", route), ("status", String(response.status.code))]
    ).increment()
    Timer(label: "reseal_http_request_seconds", dimensions: [("route", route)])
      .recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    return response
  }

  /// A method is text of the client's choice.
  private static func method(_ request: Request) -> String {
    switch request.method {
    case .get, .head, .post, .put, .patch, .delete, .options: request.method.rawValue
    default: "other"
    }
  }
}
