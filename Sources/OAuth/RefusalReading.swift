internal import Catalogue
internal import Sealing

/// What a readable reply without a token says about why.
///
/// Descriptions are read as secrets: some providers quote the refused token in them.
struct RefusalReading {
  let reply: SecretJSON
  let endpoint: TokenEndpoint
  let status: Int

  /// The provider's own translations first, then Entra ID's numbers, then the first code that is known.
  var refusal: TokenRefusal {
    if let translation = endpoint.errors.first(where: holds) { return RefusalCode(translation.meaning).refusal }
    let code = entraNumbers.lazy.compactMap { RefusalCode(rawValue: "aadsts" + $0) }.first
    let known = code ?? codes.lazy.compactMap { RefusalCode(spelled: $0.utf8) }.first { !$0.isAmbiguous }
    return known?.refusal ?? .unknown(status: status, readable: true)
  }

  /// What the provider's file says of a refusal whose body is no document: only the status is left to go by.
  static func refusal(ofStatus status: Int, _ endpoint: TokenEndpoint) -> TokenRefusal? {
    endpoint.errors.first { $0.status == status && $0.code == nil && $0.says == nil }
      .map { RefusalCode($0.meaning).refusal }
  }

  /// Where codes were seen to stand, in the order of how much they say: RFC 6749, error objects, lists of errors, flat
  /// bodies. Only words of a closed list count, so that it does no harm to look in many places.
  private static let codePlaces = [
    ["error"], ["Error"], ["ERROR"], ["error", "0"], ["error", "code"], ["error", "type"], ["error", "error"],
    ["errors", "0", "errorType"], ["errors", "0", "code"], ["error_code"], ["errorCode"], ["code"], ["status"], ["type"],
  ].map(JSONPointer.init(path:))

  private static let descriptionPlaces = [
    ["error_description"], ["error", "message"], ["errors", "0", "message"], ["message"], ["reason"],
  ].map(JSONPointer.init(path:))

  private var codes: [String] {
    let codes = ([endpoint.error.code] + Self.codePlaces).compactMap(reply.text)
    let listed = reply.strings(JSONPointer("errors")) ?? []
    return (codes + listed).map { $0.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ") }
  }

  private func holds(_ translation: ErrorTranslation) -> Bool {
    let fits = translation.code.map { codes.contains($0.lowercased()) } ?? true
    return fits && translation.status.map { $0 == status } ?? true && translation.says.map(says) ?? true
  }

  private func says(_ words: String) -> Bool {
    ([endpoint.error.description] + Self.descriptionPlaces).contains { place in
      switch reply.secret(place) {
      case .some(let text): text.withBytes { ASCII.contains($0, words) }
      case .none: false
      }
    }
  }

  /// Entra ID puts the real reason into `error_codes`, and at the start of the description: `AADSTS70008: The…`. A
  /// number that is not on the list leaves the decision to the next one.
  private var entraNumbers: [String] {
    let listed = (0..<4).compactMap { reply.text(JSONPointer("error_codes", String($0))) }
    return switch reply.secret(JSONPointer("error_description")) {
    case .some(let text): [text.withBytes { ASCII.number($0, after: "AADSTS") }].compactMap(\.self) + listed
    case .none: listed
    }
  }
}

extension RefusalCode {
  fileprivate init(_ meaning: ErrorTranslation.Meaning) {
    self =
      switch meaning {
      case .invalidGrant: .invalidGrant
      case .invalidClient: .invalidClient
      case .invalidScope: .invalidScope
      case .temporarilyUnavailable: .temporarilyUnavailable
      case .slowDown: .slowDown
      }
  }
}

/// Searching in secret bytes, without a `String` of them.
enum ASCII {
  /// Whether `words` stand somewhere in `bytes`; letter case does not matter.
  static func contains(_ bytes: UnsafeRawBufferPointer, _ words: String) -> Bool {
    let wanted = words.utf8.map(lower)
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { start in
      wanted.indices.allSatisfy { lower(bytes[start + $0]) == wanted[$0] }
    }
  }

  /// The digits behind `prefix`, if the bytes start with it and at least one follows.
  static func number(_ bytes: UnsafeRawBufferPointer, after prefix: String) -> String? {
    guard bytes.starts(with: prefix.utf8) else { return nil }
    let digits = bytes.dropFirst(prefix.utf8.count).prefix { (48...57).contains($0) }.prefix(12)
    return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
  }

  /// Without white space and control characters at either end.
  static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 }) else {
      return UnsafeRawBufferPointer(rebasing: bytes[..<bytes.startIndex])
    }
    return UnsafeRawBufferPointer(rebasing: bytes[first...last])
  }

  static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}
