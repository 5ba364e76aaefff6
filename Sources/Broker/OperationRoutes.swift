import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reseal

/// Liveness, readiness, and the files that browsers load.
struct OperationRoutes: Sendable {
  let assembly: Assembly

  func add(to router: Router<BasicRequestContext>) {
    router.get("livez") { _, _ in Response.json(["status": "ok"]) }
    router.get("readyz") { _, _ in
      _ = try assembly.due.nextDue()
      return Response.json(["status": "ok"])
    }
    router.get("sdk/reseal.js") { _, _ in
      var response = Self.asset(PackageResources.reseal_js, "text/javascript; charset=utf-8")
      response.headers[.accessControlAllowOrigin] = "*"
      return response
    }
    router.get("connect/page.js") { _, _ in Self.asset(PackageResources.page_js, "text/javascript; charset=utf-8") }
    router.get("connect/page.css") { _, _ in Self.asset(PackageResources.page_css, "text/css; charset=utf-8") }
  }

  private static func asset(_ bytes: [UInt8], _ type: String) -> Response {
    var response = Response.bytes(ByteBuffer(bytes: bytes), type: type)
    response.headers[.cacheControl] = "no-cache"
    return response
  }
}
