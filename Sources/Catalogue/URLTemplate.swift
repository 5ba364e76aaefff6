/// A URL with `${name}` in its path, its query, or a left part of its host.
///
/// A customer chooses the values. So a placeholder can never name the host: the last two labels of the host are
/// literal, a value in the host is a single label, and everything else is percent-encoded. Client secrets and codes
/// travel to these URLs; whoever names the host receives them.
package struct URLTemplate: Sendable, Equatable {
  package let text: String
  private let host: ValueTemplate
  private let head: String
  private let port: String
  private let tail: ValueTemplate

  package var placeholders: [String] { host.placeholders + tail.placeholders }

  package init(_ text: String) throws(URLTemplateFault) {
    guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { throw .scheme }
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !text.contains("#"), !text.contains("\\") else {
      throw .character
    }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
    let (host, port) = try Self.authority(rest[..<end])
    self.text = text
    self.head = scheme
    self.host = ValueTemplate(host)
    self.port = port
    self.tail = ValueTemplate(String(rest[end...]))
    guard self.host.isWellFormed, tail.isWellFormed else { throw .placeholder }
    try Self.checkHost(self.host, scheme: scheme)
  }

  /// The URL for one connection.
  package func expanded(_ values: [String: String], inputs: [ConnectionInput]) throws(TemplateError) -> String {
    try head + fill(host, values, inputs, with: Self.hostLabel) + port + fill(tail, values, inputs, with: Self.encoded)
  }

  private func fill(
    _ template: ValueTemplate, _ values: [String: String], _ inputs: [ConnectionInput], with write: (String) -> String?
  ) throws(TemplateError) -> String {
    var out = ""
    for part in template.parts {
      switch part {
      case .literal(let text): out += text
      case .placeholder(let name):
        guard let written = write(try TemplateError.checked(name, values, inputs)) else {
          throw .invalidInput(name: name)
        }
        out += written
      }
    }
    return out
  }

  private static func hostLabel(_ value: String) -> String? {
    ValuePattern.label.accepts(value) && !value.hasPrefix("-") && !value.hasSuffix("-") ? value : nil
  }

  /// RFC 3986 §2.3: all but the unreserved characters. A value of dots alone would walk up the path.
  private static func encoded(_ value: String) -> String? {
    guard !value.isEmpty, !value.allSatisfy({ $0 == "." }) else { return nil }
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = value.utf8.flatMap { byte -> [UInt8] in
      isUnreserved(byte) ? [byte] : [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-._~".utf8.contains(byte)
  }

  private static func authority(_ text: Substring) throws(URLTemplateFault) -> (host: String, port: String) {
    guard !text.contains("@") else { throw .userInfo }
    let start = text.lastIndex(of: "]") ?? text.startIndex
    guard let colon = text[start...].lastIndex(of: ":") else { return (String(text), "") }
    let port = text[text.index(after: colon)...]
    guard let number = UInt16(port), number > 0 else { throw .port }
    return (String(text[..<colon]), ":\(number)")
  }

  private static func checkHost(_ host: ValueTemplate, scheme: String) throws(URLTemplateFault) {
    guard !host.text.isEmpty else { throw .host }
    if host.placeholders.isEmpty {
      guard scheme == "https://" || ["localhost", "127.0.0.1", "[::1]"].contains(host.text) else { throw .scheme }
      return
    }
    guard scheme == "https://" else { throw .scheme }
    guard case .literal(let end) = host.parts.last, end.split(separator: ".").count >= 2,
      end.hasPrefix(".") || end.split(separator: ".").count >= 3
    else { throw .openHost }
  }
}

/// What is wrong with a URL in a provider file.
package enum URLTemplateFault: Error, Equatable, Sendable {
  case scheme, character, userInfo, port, host, openHost, placeholder

  package var message: String {
    switch self {
    case .scheme: "must start with https:// (http:// only for localhost, 127.0.0.1 and [::1])"
    case .character: "must be plain ASCII without spaces, # and \\"
    case .userInfo: "must not contain a user name or password"
    case .port: "has a port that is no literal number from 1 to 65535"
    case .host: "has no host"
    case .openHost:
      "lets a placeholder name the host, so a customer could receive the client secret; "
        + "the host must end in two literal labels, as in ${shop}.example.com"
    case .placeholder: "has a ${…} that is not closed or not a name ([a-z][a-z0-9_]*)"
    }
  }
}
