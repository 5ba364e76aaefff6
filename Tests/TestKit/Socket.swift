import Foundation
import Glibc

/// A TCP connection on loopback, blocking, with a limit on every wait.
struct Socket: Sendable {
  let descriptor: Int32

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  init?(connectingTo port: UInt16) {
    self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = Self.loopback(port)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
    }
    guard result == 0 else {
      end()
      return nil
    }
  }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }

  @discardableResult
  func write(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Head, and as much body as `Content-Length` says; what came until the end, if it came before.
  func readMessage() -> String {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return text }
      text += String(decoding: buffer[..<count], as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      guard let length = Self.length(in: text[..<end.lowerBound]) else {
        if text.hasPrefix("GET") { return text }
        continue
      }
      if text[end.upperBound...].utf8.count >= length { return text }
    }
  }

  /// A message that is whole; `nil` where the other side left before.
  func readRequest() -> String? {
    let message = readMessage()
    guard let end = message.range(of: "\r\n\r\n") else { return nil }
    let length = Self.length(in: message[..<end.lowerBound]) ?? 0
    return message[end.upperBound...].utf8.count >= length ? message : nil
  }

  private static func length(in head: Substring) -> Int? {
    for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
      return Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces))
    }
    return nil
  }

  func end() { close(descriptor) }

  /// Ends with a reset instead of a farewell.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close(descriptor)
  }
}
