import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reseal

/// `GET /metrics`: what this process counted, and what the database says about all processes.
///
/// The server listens on loopback, so whoever asks directly is on this machine. What comes by way of a proxy needs an
/// access key of role `admin`: the numbers are the whole vault's.
struct MetricsRoutes: Sendable {
  let assembly: Assembly
  let access: Access
  private let registry = MetricRegistry.shared

  func add(to router: Router<BasicRequestContext>) {
    router.get("metrics") { request, _ in
      if Self.wasForwarded(request) { _ = try access.require(.admin, request) }
      var text = Exposition()
      try assembly.gauges.read().write(to: &text)
      registry.write(to: &text)
      return Response.bytes(ByteBuffer(string: text.text), type: Exposition.contentType)
    }
  }

  private static let forwarding = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"]
    .compactMap { HTTPField.Name($0) }

  private static func wasForwarded(_ request: Request) -> Bool { forwarding.contains { request.headers[$0] != nil } }
}
