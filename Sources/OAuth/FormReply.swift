internal import Sealing

/// A token reply in `application/x-www-form-urlencoded`, which a few providers send whatever they are asked for.
///
/// Turned into JSON once, in memory that is wiped, so that all replies are read by the same rules.
enum FormReply {
  /// `nil` unless the whole body is a form that names a token or an error: HTML and text are no forms. Values may hold
  /// what should have been encoded, names may not.
  static func json(_ bytes: UnsafeRawBufferPointer) -> Secret? {
    let form = ASCII.trimmed(bytes)
    guard form.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !reserved.contains($0) }) else { return nil }
    var writer = SecretWriter(capacity: bytes.count * 2)
    var isReply = false
    for pair in form.split(separator: UInt8(ascii: "&")) {
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let name = pair[..<equals]
      guard name.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
      isReply = isReply || name.elementsEqual("access_token".utf8) || name.elementsEqual("error".utf8)
      writer.append(writer.count == 0 ? "{" : ",")
      guard quote(name, into: &writer) else { return nil }
      writer.append(":")
      guard quote(pair[(equals + 1)...], into: &writer) else { return nil }
    }
    guard isReply else { return nil }
    writer.append("}")
    return writer.finish()
  }

  /// `<`, `>`, `"`, `{` and `}` are never written plainly in a form.
  private static let reserved = Array("<>\"{}".utf8)

  /// Percent-decoded, as a JSON string. `false` if a `%` is not followed by two hexadecimal digits.
  private static func quote(_ part: Slice<UnsafeRawBufferPointer>, into writer: inout SecretWriter) -> Bool {
    writer.append("\"")
    var rest = part
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): escape(0x20, into: &writer)
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return false }
        escape(high << 4 | low, into: &writer)
      default: escape(byte, into: &writer)
      }
    }
    writer.append("\"")
    return true
  }

  private static func escape(_ byte: UInt8, into writer: inout SecretWriter) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      writer.append(UInt8(ascii: "\\"))
      writer.append(byte)
    case 0..<0x20:
      writer.append("\\u00")
      writer.append(hexadecimal[Int(byte >> 4)])
      writer.append(hexadecimal[Int(byte & 15)])
    default: writer.append(byte)
    }
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}
