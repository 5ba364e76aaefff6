import Custody
import Events
import Foundation
import Hummingbird
import Renewal
import Reseal
import Storage

/// What a page hears of its attempt: a stream of state words, the result by asking, and the way to give up.
struct StreamRoutes: Sendable {
  let assembly: Assembly
  private let origins: Origins

  init(assembly: Assembly) {
    self.assembly = assembly
    origins = Origins(workspaces: assembly.workspaces)
  }

  func add(to router: Router<BasicRequestContext>) {
    let path = "v1/connect/streams/:listener"
    for path in [path, path + "/result", path + "/cancel"] {
      router.on(RouterPath(path), method: .options) { request, _ in try origins.preflight(request) }
    }
    router.get(RouterPath(path)) { request, context in
      try await answer(request) { try stream(request, try listener(context)) }
    }
    router.get(RouterPath(path + "/result")) { request, context in
      try await answer(request) { try result(request, try listener(context)) }
    }
    router.post(RouterPath(path + "/cancel")) { request, context in
      try await answer(request) {
        let listener = try listener(context)
        _ = try attempt(listener, request)
        try await assembly.attempts.cancel(listener: listener)
        return .noContent
      }
    }
  }

  private func answer(_ request: Request, _ body: () async throws -> Response) async throws -> Response {
    try await origins.answer(request, body) { APIError($0, log: assembly.log) }
  }

  private func listener(_ context: BasicRequestContext) throws -> String {
    guard let text = context.parameters.get("listener"), text.utf8.count <= 128 else { throw APIError.notFound }
    return text
  }

  /// The attempt behind a listener id, for a page that may hear of it.
  private func attempt(_ listener: String, _ request: Request) throws -> AttemptRow {
    guard let attempt = try assembly.attempts.attempt(listener: listener) else { throw APIError.notFound }
    try assembly.attempts.requireAllowed(request.headers[.origin], workspace: attempt.workspace)
    return attempt
  }

  private func stream(_ request: Request, _ listener: String) throws -> Response {
    if let integration = assembly.listenerToken.integration(in: listener) {
      let workspace = try assembly.directory.workspace(of: integration)
      try assembly.attempts.requireAllowed(request.headers[.origin], workspace: workspace)
      let resumed = request.headers[.lastEventID].flatMap { Int64($0) }
      return .stream(try assembly.events.stream(integration: integration, after: resumed), Self.format)
    }
    _ = try attempt(listener, request)
    guard let pages = try assembly.events.stream(listener: listener, after: try EventRoutes.position(request)) else {
      return .noContent  // tells an EventSource not to come back
    }
    return .stream(pages, Self.format)
  }

  private struct Body: Encodable {
    let sequence: Int64
    let type: String
    let status: String
    let message: [String: String]?
    let integration_id: String

    /// `message` is there also when it is `null`, as the SDK's types promise.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(sequence, forKey: .sequence)
      try container.encode(type, forKey: .type)
      try container.encode(status, forKey: .status)
      try container.encode(message, forKey: .message)
      try container.encode(integration_id, forKey: .integration_id)
    }

    private enum CodingKeys: String, CodingKey { case sequence, type, status, message, integration_id }
  }

  private static func format(_ event: ListenedEvent) -> StreamedEvent {
    guard let word = event.word, let integration = event.integration else { return StreamedEvent(silentAt: event.position) }
    let message = event.code.map { ["code": $0, "message": event.message ?? ""] }
    return StreamedEvent(
      position: event.position,
      body: Body(
        sequence: event.position, type: word, status: word, message: message, integration_id: integration.text))
  }

  private struct Result: Encodable {
    let state: String
    let integration_id: String
    let error: [String: String]?
  }

  private func result(_ request: Request, _ listener: String) throws -> Response {
    let attempt = try attempt(listener, request)
    let failure = attempt.reason.map { reason in
      ["code": reason, "message": AttemptFailure(rawValue: reason)?.message ?? "The attempt was given up."]
    }
    return .json(Result(state: attempt.state.rawValue, integration_id: attempt.integration.text, error: failure))
  }
}
