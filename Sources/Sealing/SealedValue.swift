/// A value at rest in format v1: a sealed 168-byte header that names generation, version and place, and a payload
/// under a data key of its own. Safe to copy, store and show.
package struct SealedValue: Sendable, Equatable {
  /// The generation whose public key the header is sealed to: in clear, so nothing is opened by trial.
  package var generation: UInt32
  /// `crypto_box_seal` of the 120-byte header.
  package var header: [UInt8]
  /// `nonce 24 ‖ XChaCha20-Poly1305 of the padded plaintext`.
  package var payload: [UInt8]

  package init(generation: UInt32, header: [UInt8], payload: [UInt8]) {
    self.generation = generation
    self.header = header
    self.payload = payload
  }

  /// `ct_hash`: names the payload in its place, and stays the same when the value moves to another generation.
  package func ciphertextHash(in context: Context) -> [UInt8] { Payload.hash(payload, contextHash: context.hash) }
}

/// The 120 bytes inside the sealed box. Holds the data key, so it is as secret as the plaintext.
struct Header: ~Copyable {
  static let size = 120
  static let format: UInt8 = 1
  static let algorithm: UInt8 = 1

  let generation: UInt32
  let version: UInt64
  let createdAt: UInt64
  let dataKey: Secret
  let contextHash: [UInt8]
  let ciphertextHash: [UInt8]

  consuming func encoded() -> Secret {
    var out = SecretWriter(capacity: Self.size)
    var clear = ByteWriter()
    clear.integer(Self.format)
    clear.integer(Self.algorithm)
    clear.integer(UInt16(0))
    clear.integer(generation)
    clear.integer(version)
    clear.integer(createdAt)
    out.append(clear.bytes)
    out.append(dataKey)
    out.append(contextHash)
    out.append(ciphertextHash)
    return out.finish()
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws(SealingError) -> Header {
    var reader = ByteReader(bytes)
    guard bytes.count == size,
      reader.integer(UInt8.self) == format, reader.integer(UInt8.self) == algorithm, reader.integer(UInt16.self) == 0,
      let generation = reader.integer(UInt32.self), let version = reader.integer(UInt64.self),
      let createdAt = reader.integer(UInt64.self), let dataKey = reader.raw(32),
      let contextHash = reader.raw(32), let ciphertextHash = reader.raw(32)
    else { throw .cannotOpen }
    return Header(
      generation: generation, version: version, createdAt: createdAt, dataKey: Secret(copying: dataKey),
      contextHash: [UInt8](contextHash), ciphertextHash: [UInt8](ciphertextHash))
  }

  /// The same header for another generation: what a rewrap seals.
  consuming func moved(to generation: UInt32) -> Header {
    Header(
      generation: generation, version: version, createdAt: createdAt, dataKey: dataKey, contextHash: contextHash,
      ciphertextHash: ciphertextHash)
  }
}
