/// Markup in which whatever is interpolated was escaped: a page cannot forget to.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  let text: String

  init(stringLiteral value: String) { text = value }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.out }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var out = ""

    init(literalCapacity: Int, interpolationCount: Int) {}
    mutating func appendLiteral(_ literal: String) { out += literal }
    mutating func appendInterpolation(_ value: String) { out += Markup.escaped(value) }
    mutating func appendInterpolation(_ markup: Markup) { out += markup.text }
    mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { out += part.text } }
  }

  /// The five characters that mean something in text or in a quoted attribute.
  private static func escaped(_ text: String) -> String {
    String(
      text.flatMap { character -> String in
        switch character {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: String(character)
        }
      })
  }
}
