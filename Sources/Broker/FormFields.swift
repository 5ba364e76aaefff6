import Foundation
import Hummingbird
import NIOCore
import Sealing

/// The fields of an `application/x-www-form-urlencoded` body. Values stay bytes, so that a key or password in a form
/// never becomes a `String`.
struct FormFields: ~Copyable {
  private var values: [String: [UInt8]] = [:]

  /// Reads at most 64 KiB.
  static func body(of request: Request) async throws -> FormFields {
    var buffer = try await request.body.collect(upTo: 65_536)
    let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
    return FormFields(bytes)
  }

  init(_ bytes: [UInt8]) {
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(decoding: Self.decode(parts[0]), as: UTF8.self)
      values[name] = parts.count > 1 ? Self.decode(parts[1]) : []
    }
  }

  func text(_ name: String) -> String { String(decoding: values[name] ?? [], as: UTF8.self) }

  /// The field as a secret, without surrounding white space; `nil` when it is missing or empty.
  func secret(_ name: String) -> Secret? {
    let trimmed = Self.trimmed(values[name] ?? [])
    return trimmed.isEmpty ? nil : Secret(copying: trimmed)
  }

  private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    return Array(Array(bytes.drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
  }

  /// Plus is a space and `%XX` a byte (WHATWG URL, "application/x-www-form-urlencoded"); a stray `%` stays.
  private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
        let byte = Hex.decode(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self))
      {
        out += byte
        index += 3
      } else {
        out.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
        index += 1
      }
    }
    return out
  }
}
