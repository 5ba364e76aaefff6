import Testing

@testable import Sealing

@Suite("key generations")
struct KeyGenerationTests {
  private let root = RootKey.generate()
  private let generation = KeyGeneration.generate(7)
  private let wrapped: [UInt8]

  init() { wrapped = generation.wrapped(under: root, vault: "v", workspace: "w") }

  private func unwrap(
    _ wrapped: [UInt8]? = nil, number: UInt32 = 7, publicKey: [UInt8]? = nil, under root: RootKey? = nil,
    vault: String = "v", workspace: String = "w"
  ) throws(SealingError) -> KeyGeneration {
    try KeyGeneration.unwrap(
      wrapped ?? self.wrapped, number: number, publicKey: publicKey ?? generation.publicKey, under: root ?? self.root,
      vault: vault, workspace: workspace)
  }

  @Test("a generation comes back whole: it opens what it sealed, and makes the same MACs")
  func roundTrip() throws {
    #expect(wrapped.count == 104)
    let again = try unwrap()
    let sealed = generation.seal(Secret(copying: plaintext), in: .example, createdAt: 0)
    #expect(again.outcome(sealed, in: .example) == .opened(plaintext))
    #expect(again.publicKey == generation.publicKey)
    #expect(Digest.keyed(again.rowMACKey, [1]) == Digest.keyed(generation.rowMACKey, [1]))
  }

  @Test("every flipped bit of the wrapped keys is refused")
  func bits() {
    let opened = bitFlips(wrapped).filter { (try? unwrap($0.bytes)) != nil }
    #expect(opened.map(\.bit) == [])
  }

  @Test("a swapped public key never seals anything")
  func swappedPublicKey() {
    #expect(throws: SealingError.cannotOpen) { try unwrap(publicKey: KeyGeneration.generate(7).publicKey) }
    #expect(throws: SealingError.cannotOpen) { try unwrap(publicKey: []) }
  }

  @Test("a public key that its own wrap names is still recomputed")
  func recomputedPublicKey() {
    let other = KeyGeneration.generate(7).publicKey
    var aad = ByteWriter("reseal/gen/v1")
    aad.lengthPrefixed("v")
    aad.lengthPrefixed("w")
    aad.integer(UInt32(7))
    aad.raw(other)
    let forged = root.wrap(Secret.random(64), for: .workspaceKey, aad: aad.bytes)
    #expect(throws: SealingError.cannotOpen) { try unwrap(forged, publicKey: other) }
  }

  @Test("belongs to one vault, workspace, number and root")
  func place() {
    #expect(throws: SealingError.cannotOpen) { try unwrap(vault: "other") }
    #expect(throws: SealingError.cannotOpen) { try unwrap(workspace: "other") }
    #expect(throws: SealingError.cannotOpen) { try unwrap(number: 8) }
    #expect(throws: SealingError.cannotOpen) { try unwrap(under: .generate()) }
  }

  @Test("a wrap made for another purpose is refused")
  func purpose() {
    var aad = ByteWriter("reseal/gen/v1")
    aad.lengthPrefixed("v")
    aad.lengthPrefixed("w")
    aad.integer(UInt32(7))
    aad.raw(generation.publicKey)
    for purpose in [RootKey.Purpose.vaultMACKey, .fingerprintKey, .auditKey, .check] {
      let forged = root.wrap(Secret.random(64), for: purpose, aad: aad.bytes)
      #expect(throws: SealingError.cannotOpen, "\(purpose)") { try unwrap(forged) }
    }
  }

  @Test("no two generations share a key")
  func distinct() {
    let other = KeyGeneration.generate(7)
    #expect(other.publicKey != generation.publicKey)
    #expect(Digest.keyed(other.rowMACKey, [1]) != Digest.keyed(generation.rowMACKey, [1]))
  }
}
