import Foundation
import HTTPTypes
import Hummingbird
import Reseal

/// Which pages may call the browser-facing routes: those on a workspace's list. An empty list allows none.
struct Origins: Sendable {
  let workspaces: Workspaces

  /// A preflight does not say which workspace it is for: any workspace's list will do, the request itself is checked.
  func preflight(_ request: Request) throws -> Response {
    var response = Response.noContent
    guard let origin = request.headers[.origin], try workspaces.anyAllows(origin) else { return response }
    response.allow(origin)
    response.headers[.accessControlAllowMethods] = "GET, POST"
    response.headers[.accessControlAllowHeaders] = "content-type, last-event-id"
    response.headers[.accessControlMaxAge] = "600"
    return response
  }

  /// Lets the page read the answer, also one that refuses, if its origin is listed.
  func answer(_ request: Request, _ body: () async throws -> Response, onError: (any Error) -> APIError) async throws -> Response {
    var response: Response
    do { response = try await body() } catch { response = onError(error).response }
    if let origin = request.headers[.origin], try workspaces.anyAllows(origin) { response.allow(origin) }
    return response
  }
}

extension Response {
  fileprivate mutating func allow(_ origin: String) {
    headers[.accessControlAllowOrigin] = origin
    headers[.vary] = "Origin"
  }
}
