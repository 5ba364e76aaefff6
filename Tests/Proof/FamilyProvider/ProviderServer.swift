import Glibc
import Synchronization

/// What happens to one request for tokens on its way.
public enum Mishap: String, Sendable, CaseIterable {
  case none
  /// The connection is reset before the request has been read.
  case resetBefore
  /// The request is read, and then the connection is reset; the provider never hears of it.
  case resetAfter
  /// The provider hears of it, and nobody hears the provider.
  case loseReply
  /// The provider hears of it, and half of its reply comes: fewer bytes than were promised.
  case cutBody
  /// The same, in a reply that ends where its connection ends.
  case cutOpenBody
  /// A page of whoever stands before it, which did not let the request through.
  case badGateway, maintenancePage, busy
  /// The whole reply, late.
  case slow
  /// The reply is kept until it is let go: whoever waits for it can be frozen meanwhile.
  case hold
}

/// The provider's token endpoint on loopback: plain HTTP/1.1, one connection per request, blocking threads.
public final class ProviderServer: Sendable {
  public let port: UInt16
  let provider: Provider
  private let listener: Atomic<Int32>
  private let mishaps = Mutex<[Int: [Mishap]]>([:])
  private let clientSecret = Mutex<String?>(nil)
  private let strangers = Atomic(0)
  private let outage = Mutex<Mishap?>(nil)
  private let held = Mutex<(arrived: Set<Int>, isOpen: Bool)>(([], false))

  public init(_ provider: Provider, threads: Int = 8) {
    self.provider = provider
    let (descriptor, port) = listenOnLoopback(0)
    self.port = port
    listener = Atomic(descriptor)
    for _ in 0..<threads { detach { self.accept() } }
  }

  /// What happens to the next requests of a family, one after the other.
  public func set(_ mishaps: [Mishap], for family: Int) { self.mishaps.withLock { $0[family] = mishaps } }

  /// What happens to every request from now on, until told otherwise; `nil`: what is set for its family.
  public func setOutage(_ mishap: Mishap?) { outage.withLock { $0 = mishap } }

  /// From now on a client has to bring this secret, in the form.
  public func requireClientSecret(_ secret: String) { clientSecret.withLock { $0 = secret } }

  /// How often a client came without the right secret.
  public var refusedClients: Int { strangers.load(ordering: .acquiring) }

  private func knowsClient(_ request: Request) -> Bool {
    clientSecret.withLock { secret in
      secret.map { secret in request.body.split(separator: "&").contains { $0 == "client_secret=\(secret)" } } ?? true
    }
  }

  /// Refuses connections until `reopenIfRefusing`.
  public func refuse() {
    let descriptor = listener.exchange(-1, ordering: .acquiringAndReleasing)
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  public func reopenIfRefusing() {
    guard listener.load(ordering: .acquiring) < 0 else { return }
    listener.store(listenOnLoopback(port).descriptor, ordering: .releasing)
  }

  /// Whether the request of a family is held.
  public func holds(_ family: Int) -> Bool { held.withLock { $0.arrived.contains(family) } }

  /// Lets go of what is held, and of all to come, or not any more.
  public func setOpen(_ isOpen: Bool) { held.withLock { $0 = (isOpen ? $0.arrived : [], isOpen) } }

  private func accept() {
    while true {
      let listening = listener.load(ordering: .acquiring)
      let connection = listening >= 0 ? Glibc.accept(listening, nil, nil) : -1
      if connection >= 0 { serve(Connection(connection)) } else { usleep(1000) }
    }
  }

  private func serve(_ connection: Connection) {
    guard let request = connection.readRequest() else { return connection.end() }
    guard request.head.hasPrefix("POST /token "), let token = request.refreshToken.flatMap({ Token($0) }) else {
      connection.write(self.other(request))
      return connection.end()
    }
    guard knowsClient(request) else {
      strangers.add(1, ordering: .acquiringAndReleasing)
      connection.write(reply(#"{"error":"invalid_client"}"#, "401 Unauthorized"))
      return connection.end()
    }
    answer(token, connection, outage.withLock { $0 } ?? nextMishap(of: token.family))
  }

  private func nextMishap(of family: Int) -> Mishap {
    mishaps.withLock { $0[family]?.isEmpty == false ? $0[family]!.removeFirst() : .none }
  }

  private func answer(_ token: Token, _ connection: Connection, _ mishap: Mishap) {
    switch mishap {
    case .resetBefore, .resetAfter: return connection.reset()
    case .badGateway: connection.write(reply("<html>502</html>", "502 Bad Gateway"))
    case .maintenancePage: connection.write(reply("<html>back soon</html>", "200 OK"))
    case .busy: connection.write(reply("{}", "429 Too Many Requests"))
    case .none, .loseReply, .cutBody, .cutOpenBody, .slow, .hold:
      let document = provider.refresh(token)
      let whole = document.map { reply($0, "200 OK") } ?? reply(#"{"error":"invalid_grant"}"#, "400 Bad Request")
      switch mishap {
      case .loseReply: break
      case .cutBody: connection.write(String(whole.dropLast(20)))
      case .cutOpenBody: connection.write("HTTP/1.1 200 OK\r\n\r\n" + (document ?? "").dropLast(20))
      case .slow:
        usleep(30_000)
        connection.write(whole)
      case .hold:
        waitUntilOpen(token.family)
        connection.write(whole)
      default: connection.write(whole)
      }
    }
    connection.end()
  }

  private func waitUntilOpen(_ family: Int) {
    held.withLock { _ = $0.arrived.insert(family) }
    for _ in 0..<20_000 where !held.withLock({ $0.isOpen }) { usleep(1000) }
  }

  /// `GET /statistics` and `GET /grant`, for a simulator that is a process of its own.
  private func other(_ request: Request) -> String {
    if request.head.hasPrefix("POST /grant ") {
      let (family, access) = provider.grant()
      return reply(#"{"family":\#(family),"access":\#(access)}"#, "200 OK")
    }
    guard request.head.hasPrefix("GET /statistics ") else { return reply("{}", "404 Not Found") }
    let all = provider.all
    let (accepted, resent) = all.reduce(into: (0, 0)) { $0 = ($0.0 + $1.accepted, $0.1 + $1.resent) }
    return reply(
      #"{"families":\#(all.count),"accepted":\#(accepted),"resent":\#(resent),"revoked":\#(all.count { $0.isRevoked })}"#,
      "200 OK")
  }
}

private func reply(_ body: String, _ status: String) -> String {
  "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
}
