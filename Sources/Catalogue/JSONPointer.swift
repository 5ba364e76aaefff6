/// A place in a JSON document (RFC 6901).
package struct JSONPointer: Sendable, Equatable, CustomStringConvertible {
  package let segments: [String]

  package init(_ segments: String...) { self.segments = segments }

  package init(path: [String]) { segments = path }

  package func appending(_ segment: String) -> JSONPointer { JSONPointer(path: segments + [segment]) }

  /// `nil` unless `text` is a pointer to something inside: it starts with `/`, and `~` is followed by 0 or 1.
  package init?(text: String) {
    guard text.hasPrefix("/") else { return nil }
    var segments: [String] = []
    for raw in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let segment = Self.unescaped(raw) else { return nil }
      segments.append(segment)
    }
    self.segments = segments
  }

  package var description: String {
    segments.map { segment in
      "/" + segment.flatMap { $0 == "~" ? Array("~0") : $0 == "/" ? Array("~1") : [$0] }
    }.joined()
  }

  private static func unescaped(_ raw: Substring) -> String? {
    var out = ""
    var rest = raw
    while let character = rest.popFirst() {
      guard character == "~" else {
        out.append(character)
        continue
      }
      switch rest.popFirst() {
      case "0": out.append("~")
      case "1": out.append("/")
      default: return nil
      }
    }
    return out
  }
}
