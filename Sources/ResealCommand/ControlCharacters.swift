extension String {
  /// The text as a terminal may see it. Names and log entries can be somebody else's: an escape sequence in one must not
  /// clear the screen and write "all is well". Line ends stay, and so do our own two colours.
  var withoutControls: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var (out, rest) = ("", Substring(self))
    while let scalar = rest.unicodeScalars.first {
      if let ours = Self.colours.first(where: { rest.hasPrefix($0) }) {
        out += ours
        rest.removeFirst(ours.count)
      } else {
        if scalar.isControl { out += "\\u{\(String(scalar.value, radix: 16))}" } else { out.unicodeScalars.append(scalar) }
        rest.unicodeScalars.removeFirst()
      }
    }
    return out
  }

  private static let colours = ["\u{1B}[31m", "\u{1B}[0m"]
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { value != 0x0A && (value < 0x20 || (0x7F...0x9F).contains(value)) }
}
