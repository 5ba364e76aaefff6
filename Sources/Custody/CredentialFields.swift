import Sealing

/// The plaintext of a credential: named fields, such as `access_token` and `refresh_token`.
///
/// Encoded as `u8 1 ‖ u8 count ‖ (LP(name) ‖ LP(value))…`, so that it is taken apart without a copy that nobody wipes.
package struct CredentialFields: ~Copyable, Sendable {
  private let encoded: Secret

  /// - Throws: `SealingError.cannotOpen` when the bytes are not an encoding of fields.
  package init(decoding encoded: consuming Secret) throws(SealingError) {
    let isWhole = encoded.withBytes { Self.isWellFormed($0) }
    guard isWhole else { throw .cannotOpen }
    self.encoded = encoded
  }

  fileprivate init(unchecked encoded: consuming Secret) { self.encoded = encoded }

  /// The encoding, to be sealed.
  package func withEncoded<R: ~Copyable, E: Error>(_ body: (borrowing Secret) throws(E) -> R) throws(E) -> R {
    try body(encoded)
  }

  /// Hands the field's bytes to `body`; `nil` when there is no such field.
  package func withField<R>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
    try encoded.withBytes { bytes in
      guard let field = Self.field(name, in: bytes) else { return nil }
      return try body(field)
    }
  }

  /// A copy of the field as a secret of its own.
  package func secret(_ name: String) -> Secret? {
    encoded.withBytes { bytes in
      guard let field = Self.field(name, in: bytes) else { return nil }
      return Secret(copying: field)
    }
  }

  /// The names of the fields, in order.
  package var names: [String] {
    encoded.withBytes { bytes in
      var names: [String] = []
      Self.forEach(in: bytes) { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
      return names
    }
  }

  private static func field(_ name: String, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var found: UnsafeRawBufferPointer?
    forEach(in: bytes) { candidate, value in
      if found == nil, candidate.elementsEqual(name.utf8) { found = value }
    }
    return found
  }

  private static func isWellFormed(_ bytes: UnsafeRawBufferPointer) -> Bool { forEach(in: bytes) { _, _ in } }

  @discardableResult
  private static func forEach(
    in bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    var reader = ByteReader(bytes)
    guard reader.integer(UInt8.self) == 1, let count = reader.integer(UInt8.self) else { return false }
    for _ in 0..<count {
      guard let name = reader.lengthPrefixed(), let value = reader.lengthPrefixed() else { return false }
      body(name, value)
    }
    return reader.isAtEnd
  }
}

/// Puts fields together, one by one.
package struct CredentialFieldsWriter: ~Copyable {
  private var body = SecretWriter()
  private var count: UInt8 = 0

  package init() {}

  package mutating func add(_ name: String, _ value: borrowing Secret) {
    value.withBytes { add(name, $0) }
  }

  package mutating func add(_ name: String, _ value: UnsafeRawBufferPointer) {
    precondition(count < .max)
    count += 1
    appendLengthPrefixed(Array(name.utf8))
    var length = ByteWriter()
    length.integer(UInt32(value.count))
    body.append(length.bytes)
    body.append(value)
  }

  package consuming func finish() -> CredentialFields {
    var whole = SecretWriter(capacity: body.count + 2)
    whole.append(1)
    whole.append(count)
    whole.append(body.finish())
    return CredentialFields(unchecked: whole.finish())
  }

  private mutating func appendLengthPrefixed(_ bytes: [UInt8]) {
    var out = ByteWriter()
    out.lengthPrefixed(bytes)
    body.append(out.bytes)
  }
}
