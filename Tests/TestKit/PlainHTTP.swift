import Dispatch
import Foundation

package struct WaitedTooLong: Error {
  package let what: String

  package init(what: String) { self.what = what }
}

/// One HTTP request on a connection of its own, off the cooperative threads; never repeated, never redirected.
package enum PlainHTTP {
  package struct Reply: Sendable {
    package let status: Int
    package let location: String?
    package let body: String
  }

  package static func send(
    _ method: String, port: UInt16, _ target: String, body: String = "", authorization: String = "None"
  ) async throws -> Reply {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try exchange(method, port, target, body, authorization) })
      }
    }
  }

  private static func exchange(
    _ method: String, _ port: UInt16, _ target: String, _ body: String, _ authorization: String
  ) throws -> Reply {
    guard let socket = Socket(connectingTo: port) else { throw WaitedTooLong(what: "a connection to \(port)") }
    defer { socket.end() }
    socket.write(
      """
      \(method) \(target) HTTP/1.1\r
      Host: 127.0.0.1:\(port)\r
      Accept: application/json\r
      Authorization: \(authorization)\r
      Content-Type: application/x-www-form-urlencoded\r
      Content-Length: \(body.utf8.count)\r
      Connection: close\r
      \r
      \(body)
      """)
    return try parse(socket.readMessage())
  }

  private static func parse(_ text: String) throws -> Reply {
    guard let end = text.range(of: "\r\n\r\n") else { throw WaitedTooLong(what: "a reply") }
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let location = lines.first { $0.lowercased().hasPrefix("location:") }
      .map { $0.dropFirst(9).trimmingCharacters(in: .whitespaces) }
    return Reply(status: status, location: location, body: String(text[end.upperBound...]))
  }
}
