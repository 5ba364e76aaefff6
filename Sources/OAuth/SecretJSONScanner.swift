internal import Sealing

/// The grammar of RFC 8259, once over the bytes, without copying a value.
struct SecretJSONScanner {
  enum Grammar { case strict, uniqueKeys, forgiving }

  static let deepest = 32

  private let bytes: UnsafeRawBufferPointer
  private let grammar: Grammar
  private var position = 0
  private var elements: [SecretJSON.Element] = []

  init(_ bytes: UnsafeRawBufferPointer, _ grammar: Grammar) {
    self.bytes = bytes
    self.grammar = grammar
  }

  private var forgives: Bool { grammar == .forgiving }

  mutating func scan() -> [SecretJSON.Element]? {
    guard forgives || Self.isUTF8(bytes) else { return nil }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }  // some servers send a byte order mark
    skipSpace()
    guard value(depth: 0) else { return nil }
    if forgives { return elements }
    skipSpace()
    return position == bytes.count ? elements : nil
  }

  private mutating func value(depth: Int) -> Bool {
    guard depth <= Self.deepest, let byte = peek() else { return false }
    switch byte {
    case UInt8(ascii: "{"): return container(.object, close: UInt8(ascii: "}"), depth: depth)
    case UInt8(ascii: "["): return container(.array, close: UInt8(ascii: "]"), depth: depth)
    case UInt8(ascii: "\""): return string()
    default: return forgives ? word() : plain(byte)
    }
  }

  private mutating func plain(_ first: UInt8) -> Bool {
    switch first {
    case UInt8(ascii: "-"), 48...57: number()
    default: literal("true") || literal("false") || literal("null")
    }
  }

  /// A plain value, or what stands where one should: `NaN`, `None`, `007`. That is a literal without a meaning.
  private mutating func word() -> Bool {
    let (start, index) = (position, elements.count)
    let end = bytes[start...].firstIndex { !Self.isWord($0) } ?? bytes.count
    guard end > start else { return false }
    if plain(bytes[start]), position == end { return true }
    elements.removeSubrange(index...)
    elements.append(.init(kind: .literal, start: start, end: end, next: index + 1))
    position = end
    return true
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, 0x2B, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  private mutating func container(_ kind: SecretJSON.Kind, close: UInt8, depth: Int) -> Bool {
    let index = elements.count
    elements.append(.init(kind: kind, start: position, end: position, next: index + 1))
    var names: Set<[UInt8]> = []
    position += 1
    skipSpace()
    if !take(close) {
      repeat {
        skipSpace()
        if forgives, peek() == close { break }
        if kind == .object {
          guard key(&names) else { return false }
        }
        guard value(depth: depth + 1) else { return false }
        skipSpace()
      } while take(UInt8(ascii: ","))
      guard take(close) else { return false }
    }
    elements[index].end = position
    elements[index].next = elements.count
    return true
  }

  /// Names of members are no secrets, so these may be copied. An escaped name is compared as it is written, which could
  /// hide a second one: where names must be unique, escapes in them are refused.
  private mutating func key(_ names: inout Set<[UInt8]>) -> Bool {
    guard peek() == UInt8(ascii: "\""), string() else { return false }
    if grammar == .uniqueKeys, let element = elements.last {
      let name = Array(bytes[element.start..<element.end])
      guard !name.contains(UInt8(ascii: "\\")), names.insert(name).inserted else { return false }
    }
    skipSpace()
    guard take(UInt8(ascii: ":")) else { return false }
    skipSpace()
    return true
  }

  private mutating func string() -> Bool {
    let start = position + 1
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        elements.append(.init(kind: .string, start: start, end: index, next: elements.count + 1))
        position = index + 1
        return true
      case UInt8(ascii: "\\"):
        guard let length = escapeLength(at: index) else { return false }
        index += length
      case 0..<0x20 where !forgives: return false
      default: index += 1
      }
    }
    return false
  }

  private mutating func number() -> Bool {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { guard digits() else { return false } }
    if take(UInt8(ascii: ".")) { guard digits() else { return false } }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() else { return false }
    }
    elements.append(.init(kind: .number, start: start, end: position, next: elements.count + 1))
    return true
  }

  private mutating func digits() -> Bool {
    let start = position
    while let byte = peek(), (48...57).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func literal(_ word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) }) else { return false }
    elements.append(.init(kind: .literal, start: position, end: end, next: elements.count + 1))
    position = end
    return true
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private func escapeLength(at index: Int) -> Int? {
    guard index + 1 < bytes.count else { return nil }
    if JSONEscape.plain[bytes[index + 1]] != nil { return 2 }
    return JSONEscape.scalar(bytes, at: index)?.length ?? (forgives ? 2 : nil)
  }

  private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    (try? UTF8Span(validating: bytes.bindMemory(to: UInt8.self).span)) != nil
  }
}
