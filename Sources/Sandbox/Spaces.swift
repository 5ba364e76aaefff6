import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// Sandboxes inside of a sandbox: everything under `/spaces/NAME` is one of its own, with its own grants, switches and
/// counters, so that tests that run at the same time do not meet. A space comes into being when it is first asked for.
struct Spaces: HTTPResponder {
  typealias Context = Conversation

  private let root: Provider
  private let home: any HTTPResponder<Conversation>
  private let open: Open

  /// What is shared by all copies of this value.
  private final class Open: Sendable {
    let responders = Mutex<[String: any HTTPResponder<Conversation>]>([:])
    let make: @Sendable (String) -> any HTTPResponder<Conversation>

    init(make: @escaping @Sendable (String) -> any HTTPResponder<Conversation>) { self.make = make }
  }

  static let most = 10_000

  init(root: Provider, options: SandboxOptions, clock: @escaping @Sendable () -> Date) {
    self.root = root
    home = Self.responder(for: root)
    open = Open { name in
      let provider = Provider(options: options, space: name, clock: clock)
      provider.announce(baseURL: root.baseURL)
      return Self.responder(for: provider)
    }
  }

  func respond(to request: Request, context: Conversation) async throws -> Response {
    guard let (name, path) = Self.split(request.head.path ?? "/") else {
      return try await home.respond(to: request, context: context)
    }
    if request.method == .delete, path == "/" { return close(name) }
    guard let space = space(name) else {
      return .json(
        ErrorBody(error: "too_many_spaces", errorDescription: "delete some, or name them a-z, 0-9, - and _"),
        status: .serviceUnavailable)
    }
    var head = request.head
    head.path = path
    return try await space.respond(to: Request(head: head, body: request.body), context: context)
  }

  private func space(_ name: String) -> (any HTTPResponder<Conversation>)? {
    guard Self.isName(name) else { return nil }
    return open.responders.withLock { responders in
      if let found = responders[name] { return found }
      guard responders.count < Self.most else { return nil }
      let made = open.make(name)
      responders[name] = made
      return made
    }
  }

  private func close(_ name: String) -> Response {
    let removed = open.responders.withLock { $0.removeValue(forKey: name) }
    return Response(status: removed == nil ? .notFound : .noContent)
  }

  /// `/spaces/NAME/token?x` is `NAME` and `/token?x`.
  private static func split(_ path: String) -> (name: String, path: String)? {
    guard path.hasPrefix("/spaces/") else { return nil }
    let rest = path.dropFirst(8)
    let name = rest.prefix { $0 != "/" && $0 != "?" }
    guard !name.isEmpty else { return nil }
    let after = rest.dropFirst(name.count)
    return (String(name), after.hasPrefix("/") ? String(after) : "/" + after)
  }

  private static func isName(_ name: String) -> Bool {
    name.utf8.count <= 64
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || "-_".utf8.contains($0) }
  }

  private static func responder(for provider: Provider) -> any HTTPResponder<Conversation> {
    let router = Router(context: Conversation.self)
    router.add(middleware: RequestLog())
    AuthorizeRoutes(provider: provider).add(to: router)
    TokenRoutes(provider: provider).add(to: router)
    IdentityRoutes(provider: provider).add(to: router)
    DescriptionRoutes(provider: provider).add(to: router)
    ControlRoutes(provider: provider).add(to: router)
    GrantRoutes(provider: provider).add(to: router)
    return router.buildResponder()
  }
}
