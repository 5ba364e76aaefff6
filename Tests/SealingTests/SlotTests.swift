import Testing

@testable import Sealing

@Suite("slots")
struct SlotTests {
  private let root = RootKey.generate()
  private let kek: KeyEncryptionKey
  private let slot = Slot(vault: "v", id: "file-1", kind: "file", parameters: [1, 2])
  private let wrapped: [UInt8]

  init() throws {
    kek = try KeyEncryptionKey(Secret.random(32))
    wrapped = slot.wrap(root, under: kek)
  }

  /// Whether both wrap and unwrap alike, which only the same 32 bytes do.
  private func isSame(_ a: RootKey, _ b: RootKey) -> Bool {
    let sealed = a.wrap(Secret(copying: [7]), for: .check, aad: [])
    return Outcome { () throws(SealingError) in try b.unwrap(sealed, for: .check, aad: []) } == .opened([7])
  }

  @Test("a key-encryption key gives the root key back")
  func roundTrip() throws {
    #expect(wrapped.count == 72)
    #expect(isSame(try slot.unwrap(wrapped, with: kek), root))
    #expect(!isSame(.generate(), root))
  }

  @Test("a wrong key-encryption key is refused")
  func wrongKey() throws {
    let other = try KeyEncryptionKey(Secret.random(32))
    #expect(throws: SealingError.cannotOpen) { try slot.unwrap(wrapped, with: other) }
  }

  @Test("every flipped bit is refused")
  func bits() {
    #expect(bitFlips(wrapped).filter { (try? slot.unwrap($0.bytes, with: kek)) != nil }.map(\.bit) == [])
  }

  @Test(
    "a slot's description is part of it",
    arguments: [
      Slot(vault: "w", id: "file-1", kind: "file", parameters: [1, 2]),
      Slot(vault: "v", id: "file-2", kind: "file", parameters: [1, 2]),
      Slot(vault: "v", id: "file-1", kind: "passphrase", parameters: [1, 2]),
      Slot(vault: "v", id: "file-1", kind: "file", parameters: [1, 3]),
      Slot(vault: "v", id: "file-1", kind: "file"),
    ])
  func described(other: Slot) {
    #expect(throws: SealingError.cannotOpen) { try other.unwrap(wrapped, with: kek) }
  }

  @Test("a key of another size is malformed, and the message says how long it is", arguments: [0, 16, 31, 33, 64])
  func size(count: Int) {
    #expect {
      _ = try KeyEncryptionKey(Secret.random(count))
    } throws: {
      guard case SealingError.malformedKey(let text) = $0 else { return false }
      return text.contains("has \(count)")
    }
  }

  @Test("the printed recovery key opens what was sealed to its public half")
  func recovery() throws {
    let made = RecoveryKey.generate()
    let sealed = made.key.publicKey.seal(root)
    #expect(sealed.count == 80)
    let typedIn = try RecoveryKey(Secret(copying: made.printed))
    #expect(typedIn.publicKey == made.key.publicKey)
    #expect(isSame(try typedIn.open(sealed), root))
    #expect(throws: SealingError.cannotOpen) { try RecoveryKey.generate().key.open(sealed) }
    #expect(bitFlips(sealed).filter { (try? typedIn.open($0.bytes)) != nil }.map(\.bit) == [])
  }

  @Test("what is sealed to a recovery key must be a root key")
  func recoverySize() throws {
    let made = RecoveryKey.generate()
    let short = Secret.random(31).withBytes { SealedBox.seal($0, to: made.key.publicKey.bytes) }
    #expect(throws: SealingError.self) { try made.key.open(short) }
    #expect(throws: SealingError.self) { try made.key.open(Array(short.prefix(40))) }
    #expect(throws: SealingError.self) { try RecoveryKey(Secret.random(31)) }
    #expect(throws: SealingError.self) { try RecoveryPublicKey([]) }
  }
}
