import Loopback
import Glibc
import Logging
import Sealing
import Testing

@testable import Exchange

/// What a finished exchange looked like, in copyable words.
struct Seen: Equatable {
  var status: Int?
  var body: String?
  var failure: ExchangeFailure?
}

extension HTTPExchange {
  static func local(connectTimeout: Duration = .seconds(2)) -> HTTPExchange {
    HTTPExchange(
      allowSpelledOut: true, allowConnected: true, connectTimeout: connectTimeout,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  func post(
    _ url: String, body: String = "grant_type=refresh_token", deadline: Duration = .seconds(10), limit: Int = 65_536,
    mayStillSend: @escaping @Sendable () -> Bool = { true }
  ) async -> Seen {
    var request = ExchangeRequest(.post, url)
    request.body = Secret(copying: Array(body.utf8))
    request.contentType = "application/x-www-form-urlencoded"
    request.secretHeader = .authorization(Secret(copying: Array("Basic aWQ6c2VjcmV0".utf8)))
    request.deadline = deadline
    request.bodyLimit = limit
    request.mayStillSend = mayStillSend
    do throws(ExchangeFailure) {
      let reply = try await send(request)
      return Seen(status: reply.status, body: reply.body.withBytes { String(decoding: $0, as: UTF8.self) })
    } catch {
      return Seen(failure: error)
    }
  }
}

@Suite("one outbound request", .timeLimit(.minutes(1)))
struct HTTPExchangeTests {
  private func against(_ act: LoopbackServer.Act, deadline: Duration = .seconds(10)) async -> (Seen, LoopbackServer) {
    let server = LoopbackServer(act)
    let exchange = HTTPExchange.local()
    let seen = await exchange.post(server.url, deadline: deadline)
    await exchange.shutdown()
    return (seen, server)
  }

  @Test("a reply comes back whole, and the request went out as it was written")
  func reply() async throws {
    let (seen, server) = await against(LoopbackServer.json(#"{"access_token":"a"}"#))
    #expect(seen == Seen(status: 200, body: #"{"access_token":"a"}"#))
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("POST /token HTTP/1.1\r\n"))
    #expect(request.lowercased().contains("connection: close\r\n"))
    #expect(request.contains("Basic aWQ6c2VjcmV0\r\n"))
    #expect(request.contains("ontent-Length: 24\r\n"))
    #expect(request.hasSuffix("\r\n\r\ngrant_type=refresh_token"))
  }

  @Test(
    "error statuses are replies, and a redirect is not followed",
    arguments: ["302 Found", "400 Bad Request", "503 Busy"])
  func statuses(line: String) async {
    let (seen, server) = await against(LoopbackServer.json("{}", status: line, headers: "Location: /elsewhere\r\n"))
    #expect(seen.status == Int(line.prefix(3)))
    #expect(server.connections == 1)
  }

  @Test("every request has a connection of its own, even if the server would keep it")
  func freshConnections() async {
    let server = LoopbackServer(LoopbackServer.json("{}", headers: "Connection: keep-alive\r\n"))
    let exchange = HTTPExchange.local()
    for _ in 0..<3 { #expect(await exchange.post(server.url).status == 200) }
    await exchange.shutdown()
    #expect(server.connections == 3)
  }

  /// Within the request's deadline although the connect timeout is beyond it: a refusal is not waited out.
  @Test("nothing listens: not sent, and at once")
  func refused() async {
    let server = LoopbackServer(.silence)
    server.stop()
    let exchange = HTTPExchange.local(connectTimeout: .seconds(600))
    #expect(await exchange.post(server.url, deadline: .seconds(60)) == Seen(failure: .notSent(.refused)))
    await exchange.shutdown()
  }

  @Test("nobody accepts: not sent after the connect timeout")
  func connectTimeout() async {
    let server = LoopbackServer(.silence, backlog: 0, accepting: false)
    let blockers = (0..<8).map { _ in connectWithoutWaiting(to: server.port) }
    defer { blockers.forEach { _ = close($0) } }
    let exchange = HTTPExchange.local()
    #expect(await exchange.post(server.url) == Seen(failure: .notSent(.connectTimeout)))
    await exchange.shutdown()
  }

  @Test("a reset before the request is read is uncertain: it may have been read")
  func resetAtOnce() async {
    let (seen, _) = await against(.resetAtOnce)
    #expect(seen == Seen(failure: .uncertain(.connectionLost)))
  }

  @Test("a reset after the request is uncertain, and is not retried")
  func resetAfterRequest() async {
    let (seen, server) = await against(.resetAfterRequest)
    #expect(seen == Seen(failure: .uncertain(.connectionLost)))
    #expect(server.connections == 1)
  }

  @Test("silence ends at the deadline")
  func silence() async {
    let (seen, _) = await against(.silence, deadline: .milliseconds(300))
    #expect(seen == Seen(failure: .uncertain(.timedOut)))
  }

  @Test("the deadline also covers the body")
  func stall() async {
    let (seen, _) = await against(.stall, deadline: .milliseconds(300))
    #expect(seen == Seen(failure: .uncertain(.timedOut)))
  }

  @Test("half a body is no reply")
  func cut() async {
    let (seen, _) = await against(.reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\""))
    guard case .uncertain(let reason) = seen.failure else { return #expect(seen.failure != nil) }
    #expect([.connectionLost, .malformedReply].contains(reason))
  }

  @Test("a body without end is cut off at the limit")
  func flood() async {
    let (seen, _) = await against(.flood)
    #expect(seen == Seen(failure: .uncertain(.bodyTooLarge)))
  }

  @Test("a body of exactly the limit passes, one byte more does not")
  func limit() async {
    let server = LoopbackServer(LoopbackServer.json("12345678"))
    let exchange = HTTPExchange.local()
    #expect(await exchange.post(server.url, limit: 8).body == "12345678")
    #expect(await exchange.post(server.url, limit: 7) == Seen(failure: .uncertain(.bodyTooLarge)))
    await exchange.shutdown()
  }

  @Test("who says no at the last moment has sent nothing of the body")
  func withdrawn() async {
    let server = LoopbackServer(LoopbackServer.json("{}"))
    let exchange = HTTPExchange.local()
    let seen = await exchange.post(server.url, mayStillSend: { false })
    await exchange.shutdown()
    #expect(seen == Seen(failure: .notSent(.withdrawn)))
    #expect(!server.requests.contains { $0.contains("grant_type") })
  }

  @Test(
    "a reply that is cut, however its end is told",
    arguments: [
      "Content-Length: 100\r\n\r\n{\"access_token\":\"a\"}",
      "Transfer-Encoding: chunked\r\n\r\n14\r\n{\"access_token\":\"a\"}\r\n",
      "Transfer-Encoding: chunked\r\n\r\nFF\r\n{\"access_token\":\"a\"}",
      "Content-Length: 20\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"a\"}",
      "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"a\"}",
    ])
  func cutShort(rest: String) async {
    let (seen, _) = await against(.reply("HTTP/1.1 200 OK\r\n" + rest))
    guard case .uncertain = seen.failure else { return #expect(seen == Seen(failure: .uncertain(.connectionLost))) }
  }

  @Test(
    "informational replies come before the one that counts",
    arguments: ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"])
  func informational(first: String) async {
    let (seen, server) = await against(.reply(first + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    #expect(seen == Seen(status: 200, body: "{}"))
    #expect(server.connections == 1)
  }

  @Test("a reply that ends with its connection, and one without a body")
  func untilTheEnd() async {
    #expect(await against(.reply("HTTP/1.0 200 OK\r\n\r\n{\"a\":1}")).0 == Seen(status: 200, body: #"{"a":1}"#))
    #expect(await against(.reply("HTTP/1.1 204 No Content\r\n\r\n")).0 == Seen(status: 204, body: ""))
  }

  @Test("what is not HTTP is malformed")
  func malformed() async {
    let (seen, _) = await against(.reply("SSH-2.0-OpenSSH_9.2\r\n\r\n"))
    #expect(seen == Seen(failure: .uncertain(.malformedReply)))
  }

  @Test("a server that answers a handshake with something else: not sent")
  func tls() async {
    let server = LoopbackServer(.greeting)
    let exchange = HTTPExchange.local()
    #expect(await exchange.post("https://127.0.0.1:\(server.port)/") == Seen(failure: .notSent(.tls)))
    await exchange.shutdown()
  }

  @Test("a name that does not exist: not sent")
  func nameResolution() async {
    let exchange = HTTPExchange.local()
    let seen = await exchange.post("https://no-such-host.invalid/token")
    // A resolver that never answers looks like a connect timeout; both are before the first byte.
    #expect([.notSent(.nameResolution), .notSent(.connectTimeout)].contains(seen.failure))
    await exchange.shutdown()
  }

  @Test("a cancelled caller does not lose the reply")
  func cancelledCaller() async {
    let server = LoopbackServer(LoopbackServer.json("{}"))
    let exchange = HTTPExchange.local()
    let task = Task { await exchange.post(server.url) }
    task.cancel()
    #expect(await task.value.status == 200)
    await exchange.shutdown()
  }

  @Test("after shutdown nothing is sent")
  func closed() async {
    let server = LoopbackServer(LoopbackServer.json("{}"))
    let exchange = HTTPExchange.local()
    await exchange.shutdown()
    #expect(await exchange.post(server.url) == Seen(failure: .notSent(.closed)))
    #expect(server.connections == 0)
  }

  private func connectWithoutWaiting(to port: UInt16) -> Int32 {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return fd
  }
}
