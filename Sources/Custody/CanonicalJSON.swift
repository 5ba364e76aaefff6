import Foundation

/// JSON text with sorted keys: the same value is always the same bytes, as a row's MAC needs.
package enum CanonicalJSON {
  package static func text<T: Encodable>(_ value: T) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { preconditionFailure("only plain values are encoded here") }
    return String(decoding: data, as: UTF8.self)
  }

  package static func value<T: Decodable>(_: T.Type = T.self, from text: String) -> T? {
    try? JSONDecoder().decode(T.self, from: Data(text.utf8))
  }
}
