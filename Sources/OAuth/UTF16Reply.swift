internal import Sealing

/// A reply in UTF-16, which is not allowed between systems (RFC 8259 §8.1) and sent all the same.
enum UTF16Reply {
  /// As UTF-8, in memory that is wiped. `nil` if it is no UTF-16.
  static func utf8(_ bytes: UnsafeRawBufferPointer) -> Secret? {
    guard let high = highByte(bytes) else { return nil }
    var writer = SecretWriter(capacity: bytes.count * 3 / 2)
    let units = stride(from: 0, to: bytes.count - 1, by: 2).lazy.map { start in
      UInt16(bytes[start + high]) << 8 | UInt16(bytes[start + 1 - high])
    }
    _ = transcode(units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: false) { writer.append($0) }
    return writer.finish()
  }

  /// Which byte of a pair is the high one. By the byte order mark, or by the zeros that ASCII has there.
  private static func highByte(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 4 else { return nil }
    switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
    case (0xFE, 0xFF, _, _): return 0
    case (0xFF, 0xFE, _, _): return 1
    case (0, 1..., 0, 1...): return 0
    case (1..., 0, 1..., 0): return 1
    default: return nil
    }
  }
}
