import Foundation
import Hummingbird
import NIOCore
import Sealing

/// The fields of an `application/x-www-form-urlencoded` body. The body stays in memory that is wiped, and values are
/// decoded when they are asked for, so that a key or password in a form never becomes a `String`.
struct FormFields: ~Copyable {
  private let body: Secret

  /// Reads at most 64 KiB.
  static func body(of request: Request) async throws -> FormFields {
    FormFields(try await request.secretBody())
  }

  init(_ body: consuming Secret) { self.body = body }

  /// Only for what is not secret: the text is an ordinary `String`.
  func text(_ name: String) -> String {
    decoded(name).withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// The field as a secret, without surrounding white space; `nil` when it is missing or empty.
  func secret(_ name: String) -> Secret? {
    let value = decoded(name).withBytes { Secret(copying: Self.trimmed($0)) }
    if value.count == 0 { return nil }
    return value
  }

  /// The last value under this name; nothing where there is none.
  private func decoded(_ name: String) -> Secret {
    var out = SecretWriter()
    body.withBytes { bytes in
      let pair = bytes.split(separator: UInt8(ascii: "&")).last { Self.name(of: $0) == name }
      let value = pair?.drop { $0 != UInt8(ascii: "=") }.dropFirst()
      if let value { Self.decode(value) { out.append($0) } }
    }
    return out.finish()
  }

  private static func name(of pair: Slice<UnsafeRawBufferPointer>) -> String {
    var out: [UInt8] = []
    decode(pair.prefix { $0 != UInt8(ascii: "=") }) { out.append($0) }
    return String(decoding: out, as: UTF8.self)
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    var rest = bytes.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return UnsafeRawBufferPointer(rebasing: rest)
  }

  /// Plus is a space and `%XX` a byte (WHATWG URL, "application/x-www-form-urlencoded"); a stray `%` stays.
  private static func decode(_ bytes: Slice<UnsafeRawBufferPointer>, _ emit: (UInt8) -> Void) {
    var rest = bytes
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
      switch byte {
      case UInt8(ascii: "%") where digits.count == 2:
        emit(UInt8(digits[0] << 4 | digits[1]))
        rest.removeFirst(2)
      case UInt8(ascii: "+"): emit(0x20)
      default: emit(byte)
      }
    }
  }
}
