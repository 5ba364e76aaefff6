/// Markup that is safe to send. Strings that are interpolated into it are escaped; only literals and other markup stay
/// as they are, so a page cannot forget to escape.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  let text: String

  init(stringLiteral value: String) {
    text = value
  }

  init(stringInterpolation: Interpolation) {
    text = stringInterpolation.text
  }

  private init(joining parts: [HTML]) {
    text = parts.map(\.text).joined(separator: "\n")
  }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity * 2)
    }

    mutating func appendLiteral(_ literal: String) {
      text += literal
    }

    mutating func appendInterpolation(_ value: String) {
      text += HTML.escape(value)
    }

    mutating func appendInterpolation(_ value: Int) {
      text += String(value)
    }

    mutating func appendInterpolation(_ markup: HTML) {
      text += markup.text
    }

    mutating func appendInterpolation(_ parts: [HTML]) {
      text += HTML(joining: parts).text
    }

    /// An attribute that is present or not.
    mutating func appendInterpolation(_ attribute: String, if isPresent: Bool) {
      if isPresent { text += " " + HTML.escape(attribute) }
    }
  }

  /// The five characters that mean something in text or in a quoted attribute.
  static func escape(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
  }
}

/// The frame that all pages share.
struct Layout {
  let title: String
  /// The path that the sandbox lives under: empty, or that of a space.
  let root: String
  let content: HTML

  var html: HTML {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <link rel="stylesheet" href="\(root)/sandbox.css">
    </head>
    <body>
    <main>
    \(content)
    </main>
    </body>
    </html>

    """
  }
}
