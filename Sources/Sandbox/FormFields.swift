import Foundation
import Hummingbird

/// The fields of an `application/x-www-form-urlencoded` text: a query or a form's body.
struct FormFields: Sendable {
  private var values: [String: [String]] = [:]

  init(parsing text: some StringProtocol) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? Self.decode(parts[1]) : ""
      values[Self.decode(parts[0]), default: []].append(value)
    }
  }

  /// The fields of a request's body.
  ///
  /// - Throws: `HTTPError` 413 above 64 KiB, which no OAuth request reaches.
  static func body(of request: Request) async throws -> FormFields {
    let buffer = try await request.body.collect(upTo: 65536)
    return FormFields(parsing: String(buffer: buffer))
  }

  static func query(of request: Request) -> FormFields {
    FormFields(parsing: request.uri.query ?? "")
  }

  /// The first value of a field; nil when it is absent or empty, which RFC 6749 §3.1 holds for the same.
  subscript(name: String) -> String? {
    guard let first = values[name]?.first, !first.isEmpty else { return nil }
    return first
  }

  /// The name of a field that came more than once: RFC 6749 forbids it for every parameter.
  var repeatedName: String? {
    values.first { $0.value.count > 1 }?.key
  }

  /// A field's words, split at spaces as scopes are (RFC 6749 §3.3), each once and in order; nil when absent.
  func words(_ name: String) -> [String]? {
    self[name].map { $0.split(separator: " ").map(String.init).withoutRepeats }
  }

  /// Plus is a space and `%XX` a byte. What does not decode stays as it came, and then matches nothing.
  static func decode(_ text: some StringProtocol) -> String {
    let spaced = String(text).replacing("+", with: " ")
    return spaced.removingPercentEncoding ?? spaced
  }

  /// The inverse, for the addresses that we redirect to.
  static func encode(_ pairs: KeyValuePairs<String, String>) -> String {
    pairs.map { "\(escape($0.key))=\(escape($0.value))" }.joined(separator: "&")
  }

  private static func escape(_ text: String) -> String {
    let unreserved = CharacterSet(charactersIn: "-._~").union(CharacterSet(charactersIn: "a"..."z"))
      .union(CharacterSet(charactersIn: "A"..."Z")).union(CharacterSet(charactersIn: "0"..."9"))
    return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }
}

extension Array where Element: Hashable {
  /// The elements in order, each at its first place only.
  var withoutRepeats: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
