import Foundation
import Synchronization

/// A TCP server on 127.0.0.1 that does to each connection what it was told, on a thread of its own.
package final class LoopbackServer: Sendable {
  package enum Act: Sendable {
    /// Reads one request, writes these bytes, closes.
    case reply(String)
    /// Reads one request and says nothing until the client goes.
    case silence
    /// Reads one request and resets the connection.
    case resetAfterRequest
    /// Resets the connection unread.
    case resetAtOnce
    /// Says something before it is asked, as mail servers do, and waits until the client goes.
    case greeting
    /// Writes a head, then bytes without end until the client goes.
    case flood
    /// Writes a head and half the body, then waits until the client goes.
    case stall
  }

  package let port: UInt16
  private let listener: Int32
  private let act: Act
  private let seen = Mutex<[String]>([])
  private let accepted = Atomic(0)

  package init(_ act: Act, backlog: Int32 = 64, accepting: Bool = true) {
    self.act = act
    (listener, port) = Self.listen(backlog: backlog)
    if accepting { Thread { self.accept() }.start() }
  }

  deinit { close(listener) }

  /// Closes the port, so that connecting to it is refused.
  package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  package var url: String { "http://127.0.0.1:\(port)/token" }
  package var connections: Int { accepted.load(ordering: .acquiring) }
  /// Whatever was read, one text per connection.
  package var requests: [String] { seen.withLock { $0 } }

  package static func json(_ body: String, status: String = "200 OK", headers: String = "") -> Act {
    .reply(
      "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
  }

  private static func listen(backlog: Int32) -> (Int32, UInt16) {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        precondition(bind(fd, plain, size) == 0)
        precondition(Glibc.listen(fd, backlog) == 0)
        precondition(getsockname(fd, plain, &size) == 0)
      }
    }
    return (fd, UInt16(bigEndian: address.sin_port))
  }

  private func accept() {
    while true {
      let fd = Glibc.accept(listener, nil, nil)
      guard fd >= 0 else { return }
      accepted.add(1, ordering: .acquiringAndReleasing)
      Thread { self.serve(fd) }.start()
    }
  }

  private func serve(_ fd: Int32) {
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if case .resetAtOnce = act { return reset(fd) }
    if case .greeting = act {
      write("220 mail.example.com ESMTP\r\n", to: fd)
      waitForEnd(fd)
      close(fd)
      return
    }
    let request = readRequest(fd)
    seen.withLock { $0.append(request) }
    switch act {
    case .reply(let text): write(text, to: fd)
    case .silence: waitForEnd(fd)
    case .resetAfterRequest: return reset(fd)
    case .resetAtOnce, .greeting: break
    case .flood:
      write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: fd)
      while write("400\r\n" + String(repeating: "x", count: 1024) + "\r\n", to: fd) {}
    case .stall:
      write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", to: fd)
      waitForEnd(fd)
    }
    close(fd)
  }

  /// Head, and as much body as `Content-Length` says.
  private func readRequest(_ fd: Int32) -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(fd, &buffer, buffer.count, 0)
      guard count > 0 else { return text }
      text += String(decoding: buffer[..<count], as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      let length =
        text.range(of: "ontent-Length: ").map { Int(text[$0.upperBound...].prefix { $0.isNumber }) ?? 0 } ?? 0
      if text[end.upperBound...].utf8.count >= length { return text }
    }
  }

  private func waitForEnd(_ fd: Int32) {
    var byte: UInt8 = 0
    while recv(fd, &byte, 1, 0) > 0 {}
  }

  @discardableResult
  private func write(_ text: String, to fd: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = send(fd, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private func reset(_ fd: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    close(fd)
  }
}
