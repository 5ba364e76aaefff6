import Foundation
import Hummingbird

/// The control side: a page for a person, JSON for a test.
struct ControlRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.get("/") { _, _ in Response.page(controlPage.html) }
    router.get("sandbox.css") { _, _ in Response.text(Stylesheet.text, type: "text/css; charset=utf-8") }
    router.get("livez") { _, _ in Response.text("ok\n") }
    router.get("statistics") { _, _ in Response.json(provider.visit { ledger, _ in ledger.statistics }) }
    router.post("reset") { request, _ in reset(request) }
    router.get("switches") { _, _ in switches }
    router.patch("switches") { request, _ in try await patch(request) }
    router.delete("switches") { _, _ in resetSwitches() }
    router.post("switches") { request, _ in try await submit(request) }
  }

  private var controlPage: ControlPage {
    provider.visit { ledger, now in
      ControlPage(
        baseURL: provider.baseURL, root: provider.root, grants: ledger.grantsInOrder, statistics: ledger.statistics,
        switches: ledger.switches, now: now)
    }
  }

  private var switches: Response {
    .json(provider.visit { ledger, _ in ledger.switches.values })
  }

  private func patch(_ request: Request) async throws -> Response {
    let body = try await request.body.collect(upTo: 65536)
    guard let values = try? JSONDecoder().decode([String: SwitchValue].self, from: Data(buffer: body)) else {
      return .badRequest("the body must be a JSON object of switches")
    }
    return refusal(of: SwitchPatch(values: values)) ?? switches
  }

  /// The page's form; browsers cannot send PATCH.
  private func submit(_ request: Request) async throws -> Response {
    let form = try await FormFields.body(of: request)
    return refusal(of: SwitchPatch(form: form)) ?? .seeOther(provider.root + "/")
  }

  private func refusal(of patch: SwitchPatch) -> Response? {
    do throws(SwitchPatch.Refusal) {
      try provider.visit { (ledger, _) throws(SwitchPatch.Refusal) in
        ledger.switches = try patch.applied(to: ledger.switches, defaults: ledger.defaults)
      }
      return nil
    } catch {
      return .badRequest(error.message)
    }
  }

  private func resetSwitches() -> Response {
    provider.visit { ledger, _ in ledger.switches = ledger.defaults }
    return switches
  }

  private func reset(_ request: Request) -> Response {
    provider.visit { ledger, _ in ledger.reset() }
    return request.wantsPage ? .seeOther(provider.root + "/") : Response(status: .noContent)
  }
}

extension Response {
  static func badRequest(_ message: String) -> Response {
    .json(ErrorBody(error: "invalid_request", errorDescription: message), status: .badRequest)
  }
}
