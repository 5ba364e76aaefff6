/// Text with `${name}` in it.
package struct ValueTemplate: Sendable, Equatable {
  package enum Part: Sendable, Equatable {
    case literal(String)
    case placeholder(String)
  }

  package let text: String
  package let parts: [Part]

  /// A text whose `${` is never closed, or closes around something that is no name, is literal from there on;
  /// `isWellFormed` tells, and a provider file with such a text is refused.
  package init(_ text: String) {
    self.text = text
    var parts: [Part] = []
    var rest = Substring(text)
    while let open = rest.firstRange(of: "${") {
      let after = rest[open.upperBound...]
      guard let close = after.firstIndex(of: "}"), Self.isName(after[..<close]) else { break }
      if open.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<open.lowerBound]))) }
      parts.append(.placeholder(String(after[..<close])))
      rest = after[after.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.literal(String(rest))) }
    self.parts = parts
  }

  package var placeholders: [String] {
    parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
  }

  package var isWellFormed: Bool {
    parts.allSatisfy { if case .literal(let text) = $0 { !text.contains("${") } else { true } }
  }

  /// The text with every placeholder replaced by its value, as it is: the caller encodes the whole.
  package func expanded(_ values: [String: String], inputs: [ConnectionInput]) throws(TemplateError) -> String {
    var out = ""
    for part in parts {
      switch part {
      case .literal(let text): out += text
      case .placeholder(let name): out += try TemplateError.checked(name, values, inputs)
      }
    }
    return out
  }

  /// Names as they are used for inputs and fields: `[a-z][a-z0-9_]{0,63}`.
  package static func isName(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, (97...122).contains(first), bytes.count <= 64 else { return false }
    return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
  }
}

/// Why a template could not be filled in. `name` is the catalogue's name of the input, never its value.
package enum TemplateError: Error, Equatable, Sendable {
  case missingInput(name: String)
  case invalidInput(name: String)

  static func checked(
    _ name: String, _ values: [String: String], _ inputs: [ConnectionInput]
  ) throws(TemplateError) -> String {
    guard let value = values[name], let input = inputs.first(where: { $0.name == name }) else {
      throw .missingInput(name: name)
    }
    guard input.pattern.accepts(value) else { throw .invalidInput(name: name) }
    return value
  }
}
