/// Reads what a file says about refusals: where they stand, and what they mean.
struct ErrorReader {
  private let token: MappingReader

  init(_ token: MappingReader) { self.token = token }

  func shape() -> ErrorShape {
    guard let reader = token.mapping("error", known: ["pointer", "description"]) else { return .standard }
    return ErrorShape(
      code: reader.pointer("pointer") ?? ErrorShape.standard.code,
      description: reader.pointer("description") ?? ErrorShape.standard.description)
  }

  func translations() -> [ErrorTranslation] {
    token.mappings("errors", known: ["code", "says", "status", "means"]).compactMap(translation)
  }

  private func translation(_ reader: MappingReader) -> ErrorTranslation? {
    if !["code", "says", "status"].contains(where: reader.has) {
      reader.complain("needs a code, a status, or what the description says")
    }
    if !reader.has("means") {
      let meanings = ErrorTranslation.Meaning.allCases.map(\.rawValue).joined(separator: ", ")
      reader.complain("is missing: one of \(meanings)", at: "means")
    }
    guard let meaning = reader.word("means", ErrorTranslation.Meaning.self) else { return nil }
    return ErrorTranslation(
      code: words(reader, "code"), says: words(reader, "says"), status: status(reader), meaning: meaning)
  }

  /// ASCII only: it is compared byte by byte, and letter case is ignored. An empty one would fit everything.
  private func words(_ reader: MappingReader, _ key: String) -> String? {
    guard let text = reader.text(key) else { return nil }
    if text.isEmpty || !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
      reader.complain("must be printable ASCII, and not empty", at: key)
    }
    return text
  }

  /// Only these: a 5xx or 429 is about the provider whatever its body says.
  private func status(_ reader: MappingReader) -> Int? {
    guard let text = reader.text("status") else { return nil }
    guard let status = Int(text), (200..<300).contains(status) || (400..<500).contains(status), status != 429 else {
      reader.complain("must be 2xx or 4xx, and not 429", at: "status")
      return nil
    }
    return status
  }
}
