/// A regular expression that a whole value must match: always anchored, whatever the file says.
package struct ValuePattern: Sendable, Equatable {
  package let text: String

  /// One label of a host name, near enough (RFC 1123 §2.1).
  package static let label = ValuePattern(known: "[A-Za-z0-9-]{1,63}")

  /// Longer values are refused unseen, which also bounds what a slow pattern costs.
  package static let longestValue = 2048

  /// `nil` if `text` is no regular expression.
  package init?(_ text: String) {
    guard (try? Regex(text)) != nil else { return nil }
    self.text = text
  }

  private init(known text: String) { self.text = text }

  package func accepts(_ value: String) -> Bool {
    guard value.utf8.count <= Self.longestValue,
      !value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
    else { return false }
    // `Regex` is not Sendable: it is made again for each use, which is rare.
    guard let regex = try? Regex(text) else { return false }
    return (try? regex.wholeMatch(in: value)) != nil
  }
}
