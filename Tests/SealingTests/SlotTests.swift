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
}
