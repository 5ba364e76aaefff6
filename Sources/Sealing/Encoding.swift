/// The byte encodings of format v1: little-endian integers, `LP(x)` = u32 length ‖ bytes, without normalisation.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init(_ label: String = "") { raw(Array(label.utf8)) }

  package mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  package mutating func integer<I: FixedWidthInteger>(_ value: I) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
  package mutating func lengthPrefixed(_ value: [UInt8]) {
    integer(UInt32(value.count))
    raw(value)
  }
  package mutating func lengthPrefixed(_ value: String) { lengthPrefixed(Array(value.utf8)) }
}

/// Reads what `ByteWriter` wrote, from memory that it does not own. Every read is checked; `nil` means malformed.
package struct ByteReader {
  private let source: UnsafeRawBufferPointer
  package private(set) var position = 0

  package init(_ source: UnsafeRawBufferPointer) { self.source = source }

  package var isAtEnd: Bool { position == source.count }

  package mutating func integer<I: FixedWidthInteger>(_: I.Type = I.self) -> I? {
    guard let slice = raw(MemoryLayout<I>.size) else { return nil }
    return I(littleEndian: slice.loadUnaligned(as: I.self))
  }
  package mutating func raw(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= source.count - position else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: source[position..<(position + count)])
  }
  package mutating func lengthPrefixed() -> UnsafeRawBufferPointer? {
    guard let count = integer(UInt32.self) else { return nil }
    return raw(Int(count))
  }
}

package enum Hex {
  package static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  package static func decode(_ text: String) -> [UInt8]? {
    let nibbles = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
    guard nibbles.count == text.utf8.count, nibbles.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }
}

/// RFC 4648 §5, without padding.
package enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  package static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count * 4 + 2) / 3)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      let word = chunk.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
      for index in 0...chunk.count { out.append(alphabet[Int(word >> (18 - 6 * UInt32(index)) & 63)]) }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// `nil` for a character outside the alphabet, padding, an impossible length, or bits left over: one text per value.
  package static func decode(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var word: UInt32 = 0
    var bits: UInt32 = 0
    for character in text.utf8 {
      guard let value = values[character] else { return nil }
      word = (word << 6 | UInt32(value)) & 0xFFFFFF
      bits += 6
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(truncatingIfNeeded: word >> bits))
      }
    }
    guard bits < 6, word & ((1 << bits) - 1) == 0 else { return nil }
    return out
  }

  private static let values = Dictionary(
    uniqueKeysWithValues: alphabet.enumerated().map { ($0.element, UInt8($0.offset)) })
}
