package import Sealing

/// What a customer typed into a hosted form: named values, all treated as secret.
///
/// One block of memory, because noncopyable values fit into no array. `encoded` is that block: LP(name) ‖ LP(value),
/// repeated; it is what a vault seals.
package struct FieldSet: ~Copyable, Sendable {
  package private(set) var encoded: Secret

  package init() { encoded = Secret(count: 0) { _ in } }

  /// `nil` if the bytes are not whole pairs with readable names.
  package init?(encoded: consuming Secret) {
    guard Self.isWhole(encoded) else { return nil }
    self.encoded = encoded
  }

  /// Replaces a value that was set before.
  package mutating func set(_ name: String, _ value: borrowing Secret) {
    var writer = SecretWriter(capacity: encoded.count + value.count + name.utf8.count + 8)
    encoded.withBytes { bytes in
      _ = Self.forEach(bytes) { if $0 != name { Self.append($0, $1, to: &writer) } }
    }
    value.withBytes { Self.append(name, $0, to: &writer) }
    encoded = writer.finish()
  }

  package var names: [String] {
    var names: [String] = []
    encoded.withBytes { bytes in _ = Self.forEach(bytes) { name, _ in names.append(name) } }
    return names
  }

  package borrowing func value(_ name: String) -> Secret? {
    var found: Secret?
    encoded.withBytes { bytes in _ = Self.forEach(bytes) { if $0 == name { found = Secret(copying: $1) } } }
    return found
  }

  private static func append(_ name: String, _ value: UnsafeRawBufferPointer, to writer: inout SecretWriter) {
    var pair = ByteWriter()
    pair.lengthPrefixed(name)
    pair.integer(UInt32(value.count))
    writer.append(pair.bytes)
    writer.append(value)
  }

  /// Whether the bytes were whole pairs to their end.
  private static func forEach(_ bytes: UnsafeRawBufferPointer, _ body: (String, UnsafeRawBufferPointer) -> Void) -> Bool
  {
    var reader = ByteReader(bytes)
    while !reader.isAtEnd {
      guard let name = reader.lengthPrefixed(), let text = String(validating: name, as: UTF8.self),
        let value = reader.lengthPrefixed()
      else { return false }
      body(text, value)
    }
    return true
  }

  private static func isWhole(_ encoded: borrowing Secret) -> Bool {
    encoded.withBytes { bytes in forEach(bytes) { _, _ in } }
  }
}
