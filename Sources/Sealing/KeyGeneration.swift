internal import CSodium

/// One generation of a workspace key: the X25519 pair that headers are sealed to, and the row-MAC key `m_g`.
///
/// At rest, secret key and MAC key are wrapped together under the root: `24 + 64 + 16 = 104` bytes. The public key is
/// recomputed on load, so a swapped one never seals anything.
package final class KeyGeneration: Sendable {
  package let number: UInt32
  package let publicKey: [UInt8]
  private let secretKey: GuardedKey
  package let rowMACKey: GuardedKey

  private init(number: UInt32, publicKey: [UInt8], secretKey: GuardedKey, rowMACKey: GuardedKey) {
    self.number = number
    self.publicKey = publicKey
    self.secretKey = secretKey
    self.rowMACKey = rowMACKey
  }

  package static func generate(_ number: UInt32) -> KeyGeneration {
    let secretKey = GuardedKey.random(32)
    guard let publicKey = SealedBox.publicKey(of: secretKey) else { return generate(number) }
    return KeyGeneration(number: number, publicKey: publicKey, secretKey: secretKey, rowMACKey: .random(32))
  }

  package func wrapped(under root: RootKey, vault: String, workspace: String) -> [UInt8] {
    var both = SecretWriter(capacity: 64)
    secretKey.withBytes { both.append($0) }
    rowMACKey.withBytes { both.append($0) }
    let aad = Self.associatedData(number, vault: vault, workspace: workspace, publicKey: publicKey)
    return root.wrap(both.finish(), for: .workspaceKey, aad: aad)
  }

  package static func unwrap(
    _ wrapped: [UInt8], number: UInt32, publicKey: [UInt8], under root: RootKey, vault: String, workspace: String
  ) throws(SealingError) -> KeyGeneration {
    let aad = associatedData(number, vault: vault, workspace: workspace, publicKey: publicKey)
    let both = try root.unwrap(wrapped, for: .workspaceKey, aad: aad)
    guard both.count == 64 else { throw .cannotOpen }
    let (secretKey, rowMACKey) = both.withBytes {
      (
        GuardedKey(copying: UnsafeRawBufferPointer(rebasing: $0[..<32])),
        GuardedKey(copying: UnsafeRawBufferPointer(rebasing: $0[32...]))
      )
    }
    guard SealedBox.publicKey(of: secretKey) == publicKey else { throw .cannotOpen }
    return KeyGeneration(number: number, publicKey: publicKey, secretKey: secretKey, rowMACKey: rowMACKey)
  }

  /// What the wrap of a generation's keys is bound to.
  package static func associatedData(
    _ number: UInt32, vault: String, workspace: String, publicKey: [UInt8]
  ) -> [UInt8] {
    var out = ByteWriter("reseal/gen/v1")
    out.lengthPrefixed(vault)
    out.lengthPrefixed(workspace)
    out.integer(number)
    out.raw(publicKey)
    return out.bytes
  }
}

extension KeyGeneration {
  /// Seals `plaintext` for the place that `context` names.
  /// - Parameter createdAt: milliseconds since 1970, kept inside the header.
  package func seal(_ plaintext: borrowing Secret, in context: Context, createdAt: UInt64) -> SealedValue {
    let contextHash = context.hash
    let dataKey = Secret.random(AEAD.keySize)
    let payload = Payload.encrypt(plaintext, dataKey: dataKey, contextHash: contextHash)
    let header = Header(
      generation: number, version: context.version, createdAt: createdAt, dataKey: dataKey, contextHash: contextHash,
      ciphertextHash: Payload.hash(payload, contextHash: contextHash))
    return SealedValue(generation: number, header: seal(header), payload: payload)
  }

  /// The plaintext, if the value was sealed for exactly this place, by this generation.
  /// - Throws: `SealingError.cannotOpen`, without a reason.
  package func open(_ sealed: SealedValue, in context: Context) throws(SealingError) -> Secret {
    let header = try verifiedHeader(of: sealed, in: context)
    return try Payload.decrypt(sealed.payload, dataKey: header.dataKey, contextHash: header.contextHash)
  }

  /// The same value under `next`: the data key moves, payload and plaintext stay where they are.
  package func rewrap(_ sealed: SealedValue, in context: Context, to next: KeyGeneration) throws(SealingError) -> SealedValue {
    let header = try verifiedHeader(of: sealed, in: context)
    return SealedValue(
      generation: next.number, header: next.seal(header.moved(to: next.number)), payload: sealed.payload)
  }

  /// The same plaintext under `next` and a new data key: for values whose old data key others may know. The plaintext
  /// is in memory while it moves.
  package func reencrypt(
    _ sealed: SealedValue, in context: Context, to next: KeyGeneration
  ) throws(SealingError) -> SealedValue {
    let header = try verifiedHeader(of: sealed, in: context)
    let plaintext = try Payload.decrypt(sealed.payload, dataKey: header.dataKey, contextHash: header.contextHash)
    return next.seal(plaintext, in: context, createdAt: header.createdAt)
  }

  /// Proves header, place and ciphertext hash without touching the payload.
  package func check(_ sealed: SealedValue, in context: Context) throws(SealingError) {
    _ = try verifiedHeader(of: sealed, in: context)
  }

  private func seal(_ header: consuming Header) -> [UInt8] {
    header.encoded().withBytes { SealedBox.seal($0, to: publicKey) }
  }

  /// The checks of the format, in order: generation, header, generation and version, place, ciphertext.
  private func verifiedHeader(of sealed: SealedValue, in context: Context) throws(SealingError) -> Header {
    guard sealed.generation == number else { throw .cannotOpen }
    let opened = try SealedBox.open(sealed.header, publicKey: publicKey, secretKey: secretKey)
    let header = try opened.withBytes { (bytes) throws(SealingError) -> Header in try Header.decode(bytes) }
    let contextHash = context.hash
    guard header.generation == number, header.version == context.version,
      constantTimeEqual(header.contextHash, contextHash),
      constantTimeEqual(header.ciphertextHash, Payload.hash(sealed.payload, contextHash: contextHash))
    else { throw .cannotOpen }
    return header
  }
}
