import Testing

@testable import Sealing

@Suite("recovery slots")
struct RecoverySlotTests {
  private let root = RootKey.generate()
  private let made = RecoveryKey.generate()
  private let bare = Slot(vault: "v", id: "recovery", kind: "recovery")

  /// The slot with its parameters, and what it holds.
  private func filled(_ root: RootKey, _ recipient: RecoveryRecipient) -> (slot: Slot, wrapped: [UInt8]) {
    let slot = Slot(
      vault: bare.vault, id: bare.id, kind: bare.kind, parameters: recipient.parameters(of: bare, under: root))
    return (slot, recipient.wrap(root, in: slot))
  }

  @Test("the printed recovery key opens what the vault wrapped for it")
  func opens() throws {
    let (slot, wrapped) = filled(root, made.key.recipient)
    #expect(slot.parameters.count == 72 && wrapped.count == 112)
    let typedIn = try RecoveryKey(Secret(copying: made.printed))
    #expect(typedIn.recipient.publicKey == made.key.recipient.publicKey)
    #expect(isSame(try typedIn.open(wrapped, in: slot), root))
    #expect(throws: SealingError.cannotOpen) { try RecoveryKey.generate().key.open(wrapped, in: slot) }
    #expect(bitFlips(wrapped).filter { (try? typedIn.open($0.bytes, in: slot)) != nil }.map(\.bit) == [])
  }

  @Test("while the key is offline, the vault hands it another root key")
  func rekeyed() throws {
    let (slot, _) = filled(root, made.key.recipient)
    let kept = try RecoveryRecipient(publicKey: made.key.recipient.publicKey, of: slot, under: root)
    let next = RootKey.generate()
    let (nextSlot, wrapped) = filled(next, kept)
    #expect(isSame(try made.key.open(wrapped, in: nextSlot), next))
    #expect(throws: SealingError.cannotOpen) {
      try RecoveryRecipient(publicKey: made.key.recipient.publicKey, of: slot, under: next)
    }
  }

  @Test("who knows the public half alone makes no slot that the recovery key opens")
  func forged() throws {
    let publicKey = made.key.recipient.publicKey
    let own = RootKey.generate()
    let box = own.sealed(to: publicKey)
    let attacker = RecoveryRecipient(publicKey: publicKey, proofKey: .random(32))
    let (slot, wrapped) = filled(own, attacker)
    #expect(throws: SealingError.cannotOpen) { try made.key.open(wrapped, in: slot) }
    let (genuine, held) = filled(root, made.key.recipient)
    for forged in [box, box + [UInt8](repeating: 0, count: 32), box + Array(held.suffix(32))] {
      #expect(throws: SealingError.cannotOpen) { try made.key.open(forged, in: genuine) }
    }
  }

  @Test(
    "a slot's description is part of it",
    arguments: [
      Slot(vault: "w", id: "recovery", kind: "recovery"), Slot(vault: "v", id: "other", kind: "recovery"),
      Slot(vault: "v", id: "recovery", kind: "file"),
    ])
  func described(other: Slot) throws {
    let (slot, wrapped) = filled(root, made.key.recipient)
    let moved = Slot(vault: other.vault, id: other.id, kind: other.kind, parameters: slot.parameters)
    #expect(throws: SealingError.cannotOpen) { try made.key.open(wrapped, in: moved) }
    #expect(throws: SealingError.cannotOpen) {
      try made.key.open(wrapped, in: Slot(vault: "v", id: "recovery", kind: "recovery", parameters: []))
    }
  }

  @Test("what is sealed to a recovery key must be a root key, and a key has its size")
  func sizes() throws {
    let (slot, _) = filled(root, made.key.recipient)
    let short = Secret.random(31).withBytes { SealedBox.seal($0, to: made.key.recipient.publicKey.bytes) }
    let proof = made.key.recipient.proof(of: short, in: slot)
    #expect(throws: SealingError.self) { try made.key.open(short + proof, in: slot) }
    #expect(throws: SealingError.self) { try made.key.open([], in: slot) }
    #expect(throws: SealingError.self) { try RecoveryKey(Secret.random(31)) }
    #expect(throws: SealingError.self) { try RecoveryPublicKey([]) }
  }
}
