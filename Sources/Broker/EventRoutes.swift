import Custody
import Events
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Reseal
import ServiceLifecycle
import Storage

/// `GET /v1/events`: a workspace's outbox, as a page or, for `Accept: text/event-stream`, as a stream.
struct EventRoutes: Sendable {
  let assembly: Assembly
  let access: Access

  func add(to router: Router<BasicRequestContext>) {
    router.get("v1/events") { request, _ in
      let grant = try access.require(.read, request)
      let after = try Self.position(request)
      if request.headers[.accept]?.contains("text/event-stream") == true {
        let events = assembly.events.stream(workspace: grant.workspace, after: after)
        return Response.stream(events) { StreamedEvent(position: $0.sequence, body: EventSummary($0)) }
      }
      let limit = min(max(request.uri.queryParameters.get("limit").flatMap { Int($0) } ?? 100, 1), 1000)
      let rows = try assembly.events.page(workspace: grant.workspace, after: after, limit: limit)
      return .json(["events": rows.map(EventSummary.init)])
    }
  }

  /// `?after=N`, or where a broken stream goes on.
  static func position(_ request: Request) throws -> Int64 {
    guard let text = request.headers[.lastEventID] ?? request.uri.queryParameters.get("after") else { return 0 }
    guard let position = Int64(text), position >= 0 else { throw APIError.invalid("after is the sequence of an event") }
    return position
  }
}

/// An event as a backend reads it.
private struct EventSummary: Encodable, Sendable {
  let sequence: Int64
  let connector_id: String?
  let integration_id: String?
  let integration_sequence: Int64?
  let customer_id: String?
  let type: String
  /// The name that code written for Munity knows; left out for events that it does not.
  let munity_name: String?
  let created_at: String
  let payload: [String: String]

  init(_ row: EventRow) {
    sequence = row.sequence
    connector_id = row.connector?.text
    integration_id = row.integration?.text
    integration_sequence = row.integration == nil ? nil : row.integrationSequence
    customer_id = row.customer
    type = row.type.rawValue
    munity_name = row.type.munityName
    created_at = row.createdAt.text
    payload = CanonicalJSON.value(from: row.payload) ?? [:]
  }
}

/// One server-sent event; `nil` bodies are passed over.
struct StreamedEvent: Sendable {
  let position: Int64
  let text: String?

  init(position: Int64, body: some Encodable) {
    self.position = position
    text = CanonicalJSON.text(body)
  }

  init(silentAt position: Int64) {
    self.position = position
    text = nil
  }
}

extension Response {
  /// Server-sent events (WHATWG HTML, "Server-sent events"); an empty page becomes a comment, so that a client that went
  /// away is noticed. Ends when the server does.
  static func stream<Element>(
    _ pages: EventPages<Element>, _ format: @escaping @Sendable (Element) -> StreamedEvent
  ) -> Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: ": reseal\n\n"))
        for try await page in pages.cancelOnGracefulShutdown() {
          try await writer.write(ByteBuffer(string: frames(of: page.map(format))))
        }
        try await writer.finish(nil)
      })
  }

  private static func frames(of events: [StreamedEvent]) -> String {
    let told = events.compactMap { event in event.text.map { "id: \(event.position)\ndata: \($0)\n\n" } }
    return told.isEmpty ? ": still here\n\n" : told.joined()
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
