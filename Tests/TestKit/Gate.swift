import Dispatch
import Foundation
import Glibc

/// Stands in front of the provider's token endpoint and does to each request what it was told: for what happens to
/// connections, and for tests that must look at the moment in which a request is under way.
///
/// `@unchecked Sendable`: what changes is guarded by `condition`.
package final class Gate: @unchecked Sendable {
  package enum Act: Sendable {
    /// To the provider and back.
    case pass
    /// Waits at the gate until `open` says what becomes of it.
    case hold
    case reply(String)
    /// To the provider, whose answer nobody hears.
    case loseReply
    /// The connection is reset; the provider never hears of it.
    case reset
  }

  package let port: UInt16
  private let listener: Int32
  private let target: UInt16
  private let condition = NSCondition()
  private var act = Act.pass
  private var opened: Act?
  private var count = 0
  private var isStopped = false

  package init(to target: UInt16) {
    self.target = target
    (listener, port) = Self.listen()
    Thread { self.accept() }.start()
  }

  /// What happens to requests from now on.
  package func set(_ act: Act) {
    condition.withLock {
      self.act = act
      opened = nil
    }
  }

  /// Lets go of those that wait, and of all to come.
  package func open(_ act: Act = .pass) {
    condition.withLock {
      self.act = act
      opened = act
      condition.broadcast()
    }
  }

  /// Closes the port: connecting to it is refused. Who waits at the gate is let go.
  package func stop() {
    let isFirst = condition.withLock {
      defer { isStopped = true }
      return !isStopped
    }
    guard isFirst else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    open(.reset)
  }

  /// Requests that came so far.
  package var requests: Int { condition.withLock { count } }

  /// Waits until `number` requests have come.
  package func arrived(_ number: Int) async throws {
    let isThere = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: self.waitForArrival(number)) }
    }
    if !isThere { throw WaitedTooLong(what: "request \(number)") }
  }

  private func waitForArrival(_ number: Int) -> Bool {
    let end = Date().addingTimeInterval(15)
    return condition.withLock {
      while count < number { guard condition.wait(until: end) else { return count >= number } }
      return true
    }
  }

  package static func json(_ body: String, status: String = "200 OK", headers: String = "") -> Act {
    .reply(
      "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n"
        + "Connection: close\r\n\r\n\(body)")
  }

  private static func listen() -> (Int32, UInt16) {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Socket.loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        precondition(bind(fd, plain, size) == 0)
        precondition(Glibc.listen(fd, 256) == 0)
        precondition(getsockname(fd, plain, &size) == 0)
      }
    }
    return (fd, UInt16(bigEndian: address.sin_port))
  }

  private func accept() {
    while true {
      let fd = Glibc.accept(listener, nil, nil)
      guard fd >= 0 else { return }
      Thread { self.serve(Socket(fd)) }.start()
    }
  }

  private func serve(_ client: Socket) {
    // A request whose body was withheld is none.
    guard let request = client.readRequest() else { return client.end() }
    switch admit() {
    case .pass:
      client.write(forward(request))
      client.end()
    case .reply(let text):
      client.write(text)
      client.end()
    case .loseReply:
      _ = forward(request)
      client.end()
    case .hold, .reset: client.reset()
    }
  }

  private func admit() -> Act {
    let end = Date().addingTimeInterval(20)
    return condition.withLock {
      count += 1
      condition.broadcast()
      guard case .hold = act else { return act }
      while opened == nil { guard condition.wait(until: end) else { return .reset } }
      return opened ?? .reset
    }
  }

  private func forward(_ request: String) -> String {
    guard let provider = Socket(connectingTo: target) else { return "" }
    defer { provider.end() }
    provider.write(request)
    return provider.readMessage()
  }
}
