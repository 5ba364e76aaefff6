package import Catalogue
package import Sealing

/// Reads JSON that holds secrets (RFC 8259), where it lies.
///
/// Why not Foundation: its decoders copy every string into buffers and `String`s that are freed without being wiped,
/// so tokens would stay on the heap. This reader keeps offsets only; a string leaves it unescaped, straight into a
/// `Secret`. A document that is malformed anywhere is refused whole, unless it is read forgivingly. Lives inside one
/// `withBytes`.
package struct SecretJSON {
  enum Kind { case object, array, string, number, literal }

  /// `start..<end` of the bytes, without a string's quotes; `next` is the first element behind this one's children.
  struct Element {
    let kind: Kind
    let start: Int
    var end: Int
    var next: Int
  }

  let bytes: UnsafeRawBufferPointer
  /// In document order. An object's children alternate: key, value.
  let elements: [Element]

  /// `nil` if malformed, not UTF-8, or nested deeper than 32. With `uniqueKeys`, also if an object names one key twice;
  /// without, the last one stands.
  package init?(_ bytes: UnsafeRawBufferPointer, uniqueKeys: Bool = false) {
    self.init(bytes, uniqueKeys ? .uniqueKeys : .strict)
  }

  /// The first object in a reply that cannot be asked for again, whatever is odd about it: bytes that are no UTF-8,
  /// characters and escapes that no string may have, words that are no values, a comma too many, text around the object.
  /// Only its end may not be missing. Strings read as U+FFFD where they are odd, so that no token comes of one.
  init?(forgiving bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.firstIndex(of: UInt8(ascii: "{")),
      bytes.first(where: { $0 > 0x20 }) != UInt8(ascii: "[")
    else { return nil }
    self.init(UnsafeRawBufferPointer(rebasing: bytes[start...]), .forgiving)
  }

  private init?(_ bytes: UnsafeRawBufferPointer, _ grammar: SecretJSONScanner.Grammar) {
    var scanner = SecretJSONScanner(bytes, grammar)
    guard let elements = scanner.scan() else { return nil }
    self.bytes = bytes
    self.elements = elements
  }

  /// The string at `pointer`, into memory that is wiped. `nil` if there is none, or it is no string.
  package func secret(_ pointer: JSONPointer) -> Secret? {
    guard let element = find(pointer), element.kind == .string else { return nil }
    var writer = SecretWriter(capacity: element.end - element.start)
    unescape(element) { writer.append($0) }
    return writer.finish()
  }

  /// A string, number or boolean as text. Only for what is not secret: the text is an ordinary `String`.
  package func text(_ pointer: JSONPointer) -> String? {
    guard let element = find(pointer) else { return nil }
    switch element.kind {
    case .string: return string(element)
    case .number: return raw(element)
    case .literal: return raw(element) == "null" ? nil : raw(element)
    case .object, .array: return nil
    }
  }

  package func number(_ pointer: JSONPointer) -> Double? {
    guard let element = find(pointer), element.kind == .number, let value = Double(raw(element)), value.isFinite else {
      return nil
    }
    return value
  }

  /// Only if it is a string.
  package func string(_ pointer: JSONPointer) -> String? {
    guard let element = find(pointer), element.kind == .string else { return nil }
    return string(element)
  }

  /// Whether something stands there, `null` included.
  package func has(_ pointer: JSONPointer) -> Bool { find(pointer) != nil }

  package func isNull(_ pointer: JSONPointer) -> Bool {
    guard let element = find(pointer), element.kind == .literal else { return false }
    return raw(element) == "null"
  }

  /// An array of nothing but strings.
  func strings(_ pointer: JSONPointer) -> [String]? {
    guard let list = find(pointer), list.kind == .array else { return nil }
    let items = elements.filter { $0.start > list.start && $0.end < list.end }
    guard items.allSatisfy({ $0.kind == .string }) else { return nil }
    return items.map(string)
  }

  package var isObject: Bool { elements[0].kind == .object }

  /// The names in an object of nothing but strings, in document order.
  package func names(_ pointer: JSONPointer) -> [String]? {
    guard let parent = index(of: pointer), elements[parent].kind == .object else { return nil }
    var (names, index): ([String], Int) = ([], parent + 1)
    while index < elements[parent].next {
      guard elements[index + 1].kind == .string else { return nil }
      names.append(string(elements[index]))
      index = elements[index + 1].next
    }
    return names
  }

  private func find(_ pointer: JSONPointer) -> Element? { index(of: pointer).map { elements[$0] } }

  private func index(of pointer: JSONPointer) -> Int? {
    var index = 0
    for segment in pointer.segments {
      guard let child = child(of: index, named: segment) else { return nil }
      index = child
    }
    return index
  }

  private func child(of parent: Int, named name: String) -> Int? {
    switch elements[parent].kind {
    case .object: member(of: parent, named: name)
    case .array: item(of: parent, named: name)
    case .string, .number, .literal: nil
    }
  }

  private func member(of parent: Int, named name: String) -> Int? {
    var found: Int?
    var index = parent + 1
    while index < elements[parent].next {
      if string(elements[index]) == name { found = index + 1 }
      index = elements[index + 1].next
    }
    return found
  }

  private func item(of parent: Int, named name: String) -> Int? {
    guard let wanted = Int(name), wanted >= 0, String(wanted) == name else { return nil }
    var index = parent + 1
    for _ in 0..<wanted where index < elements[parent].next { index = elements[index].next }
    return index < elements[parent].next ? index : nil
  }

  private func raw(_ element: Element) -> String { String(decoding: bytes[element.start..<element.end], as: UTF8.self) }

  private func string(_ element: Element) -> String {
    var out: [UInt8] = []
    unescape(element) { out.append($0) }
    return String(decoding: out, as: UTF8.self)
  }

  /// RFC 8259 §7. The scanner has checked every escape; what it forgave reads as U+FFFD.
  private func unescape(_ element: Element, _ emit: (UInt8) -> Void) {
    var index = element.start
    while index < element.end {
      guard bytes[index] == UInt8(ascii: "\\") else {
        emit(bytes[index])
        index += 1
        continue
      }
      if let plain = JSONEscape.plain[bytes[index + 1]] {
        emit(plain)
        index += 2
      } else {
        let (scalar, length) = JSONEscape.scalar(bytes, at: index) ?? ("\u{FFFD}", 2)
        UTF8.encode(scalar)!.forEach(emit)
        index += length
      }
    }
  }
}
