import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
  /// JSON; keys as given, sorted. Nothing that the server says may be kept by a cache.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("only plain values are encoded here") }
    return bytes(ByteBuffer(bytes: data), type: "application/json", status: status)
  }

  static func bytes(_ buffer: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status,
      headers: [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
      body: ResponseBody(byteBuffer: buffer))
  }

  static func seeOther(_ location: String) -> Response {
    Response(
      status: .seeOther,
      headers: [.location: location, .cacheControl: "no-store", .referrerPolicy: "no-referrer"])
  }

  static let noContent = Response(status: .noContent)
}
