import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
  /// JSON in snake case with sorted keys. Nothing that the sandbox says may be cached (RFC 6749 §5.1).
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every value that comes here is plain strings, numbers and dates, which always encode.
    let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
    return content(data, type: "application/json", status: status)
  }

  /// A form, as a few providers answer.
  static func form(_ fields: KeyValuePairs<String, String>, status: HTTPResponse.Status = .ok) -> Response {
    content(Data(FormFields.encode(fields).utf8), type: "application/x-www-form-urlencoded", status: status)
  }

  static func tokens(_ tokens: IssuedTokens, asForm: Bool) -> Response {
    guard asForm else { return .json(tokens) }
    var fields = ["access_token=" + tokens.accessToken, "token_type=" + tokens.tokenType]
    if let lifetime = tokens.expiresIn { fields.append("expires_in=" + lifetime.text) }
    if let token = tokens.refreshToken { fields.append("refresh_token=" + token) }
    fields.append(FormFields.encode(["scope": tokens.scope]))
    return content(
      Data(fields.joined(separator: "&").utf8), type: "application/x-www-form-urlencoded", status: .ok)
  }

  /// The same headers with the first half of the body; then the connection ends.
  var cut: Response {
    let whole = body
    var response = self
    response.body = ResponseBody(contentLength: whole.contentLength) { writer in
      try await whole.write(HalfWriter(writer: writer))
    }
    return response
  }

  /// A page. Its policy forbids scripts and frames; styles come from this server.
  static func page(_ page: HTML, status: HTTPResponse.Status = .ok) -> Response {
    var response = content(Data(page.text.utf8), type: "text/html; charset=utf-8", status: status)
    response.headers[.contentSecurityPolicy] =
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    return response
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
    content(Data(text.utf8), type: type, status: .ok)
  }

  /// 303: the browser follows with GET, whatever it came with.
  static func seeOther(_ location: String) -> Response {
    Response(
      status: .seeOther,
      headers: [.location: location, .cacheControl: "no-store", .referrerPolicy: "no-referrer"])
  }

  private static func content(_ data: Data, type: String, status: HTTPResponse.Status) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }
}

extension Request {
  /// Whether a person's browser asks, which wants to be led back to the page after a form.
  var wantsPage: Bool {
    headers[.accept]?.contains("text/html") ?? false
  }
}

extension HTTPField.Name {
  static let apiKey = HTTPField.Name("X-Api-Key")!
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}

/// Writes half of what it is given first, and gives up.
private struct HalfWriter: ResponseBodyWriter {
  var writer: any ResponseBodyWriter

  mutating func write(_ buffer: ByteBuffer) async throws {
    var buffer = buffer
    try await writer.write(buffer.readSlice(length: buffer.readableBytes / 2) ?? buffer)
    throw HungUp()
  }

  consuming func finish(_ trailers: HTTPFields?) async throws { try await writer.finish(trailers) }
}
