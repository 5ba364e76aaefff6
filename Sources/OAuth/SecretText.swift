internal import Sealing

/// RFC 4648, from secret bytes into a `SecretWriter`, so that no `String` of them is left behind.
enum SecretBase64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

  /// §4, padded: for `Authorization: Basic`.
  static func standard(_ secret: borrowing Secret) -> Secret {
    encode(secret, alphabet: digits + Array("+/".utf8), padded: true)
  }

  /// §5, unpadded.
  static func url(_ secret: borrowing Secret) -> Secret {
    encode(secret, alphabet: digits + Array("-_".utf8), padded: false)
  }

  /// §5 the other way, unpadded; `nil` for a character outside the alphabet.
  static func decoded(url text: UnsafeRawBufferPointer) -> Secret? {
    var writer = SecretWriter(capacity: text.count)
    var (word, bits): (UInt32, UInt32) = (0, 0)
    for character in text {
      guard let value = value(url: character) else { return nil }
      word = (word << 6 | value) & 0xFFFFFF
      bits += 6
      if bits >= 8 {
        bits -= 8
        writer.append(UInt8(truncatingIfNeeded: word >> bits))
      }
    }
    return writer.finish()
  }

  private static func value(url character: UInt8) -> UInt32? {
    switch character {
    case 0x41...0x5A: UInt32(character - 0x41)
    case 0x61...0x7A: UInt32(character - 0x61 + 26)
    case 0x30...0x39: UInt32(character - 0x30 + 52)
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }

  private static func encode(_ secret: borrowing Secret, alphabet: [UInt8], padded: Bool) -> Secret {
    var writer = SecretWriter(capacity: secret.count * 4 / 3 + 4)
    secret.withBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let count = min(3, bytes.count - start)
        var word: UInt32 = 0
        for offset in 0..<3 { word = word << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
        for index in 0...count { writer.append(alphabet[Int(word >> (18 - 6 * UInt32(index)) & 63)]) }
        if padded { for _ in count..<3 { writer.append(UInt8(ascii: "=")) } }
      }
    }
    return writer.finish()
  }
}

/// A body of type application/x-www-form-urlencoded (WHATWG URL, "application/x-www-form-urlencoded serializing";
/// RFC 6749 appendix B).
struct FormBody: ~Copyable {
  static let contentType = "application/x-www-form-urlencoded"
  private var writer = SecretWriter()

  mutating func add(_ name: String, _ value: String) {
    start(name)
    var value = value
    value.withUTF8 { Self.encode(UnsafeRawBufferPointer($0), into: &writer) }
  }

  mutating func add(_ name: String, _ value: borrowing Secret) {
    start(name)
    value.withBytes { Self.encode($0, into: &writer) }
  }

  consuming func finish() -> Secret { writer.finish() }

  static func encode(_ bytes: UnsafeRawBufferPointer, into writer: inout SecretWriter) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in bytes {
      switch byte {
      case 48...57, 65...90, 97...122, 0x2A, 0x2D, 0x2E, 0x5F: writer.append(byte)
      case 0x20: writer.append(UInt8(ascii: "+"))
      default:
        writer.append(UInt8(ascii: "%"))
        writer.append(digits[Int(byte >> 4)])
        writer.append(digits[Int(byte & 15)])
      }
    }
  }

  private mutating func start(_ name: String) {
    if writer.count > 0 { writer.append(UInt8(ascii: "&")) }
    var name = name
    name.withUTF8 { Self.encode(UnsafeRawBufferPointer($0), into: &writer) }
    writer.append(UInt8(ascii: "="))
  }
}
