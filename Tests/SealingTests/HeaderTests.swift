import Testing

@testable import Sealing

/// Headers that somebody made with the public key alone: each field is checked by itself.
@Suite("forged headers")
struct HeaderTests {
  private let generation = KeyGeneration.generate(4)
  private let dataKey = RandomBytes.make(32)

  /// A header for `Context.example` with its payload, correct unless told otherwise.
  private func forged(
    generation number: UInt32 = 4, version: UInt64 = 3, contextHash: [UInt8]? = nil, ciphertextHash: [UInt8]? = nil,
    changing change: (inout [UInt8]) -> Void = { _ in }
  ) -> SealedValue {
    let hash = contextHash ?? Context.example.hash
    let payload = Payload.encrypt(
      Secret(copying: plaintext), dataKey: Secret(copying: dataKey), contextHash: hash)
    let header = Header(
      generation: number, version: version, createdAt: 0, dataKey: Secret(copying: dataKey), contextHash: hash,
      ciphertextHash: ciphertextHash ?? Payload.hash(payload, contextHash: Context.example.hash))
    var clear = bytes(of: header.encoded())
    change(&clear)
    let sealed = clear.withUnsafeBytes { SealedBox.seal($0, to: generation.publicKey) }
    return SealedValue(generation: 4, header: sealed, payload: payload)
  }

  @Test("the forgery opens when nothing is wrong with it: only the row's MAC tells it apart")
  func wellFormed() { #expect(generation.outcome(forged(), in: .example) == .opened(plaintext)) }

  @Test("generation, version, place and ciphertext are each compared")
  func fields() {
    for value in [
      forged(generation: 3), forged(generation: 0), forged(version: 2), forged(version: 4),
      forged(contextHash: Context.example.neighbours[0].context.hash), forged(ciphertextHash: RandomBytes.make(32)),
    ] {
      #expect(generation.outcome(value, in: .example) == .cannotOpen)
    }
  }

  @Test("format, algorithm and flags have one value each", arguments: [0, 1, 2, 3])
  func fixed(offset: Int) {
    for value in [forged { $0[offset] ^= 1 }, forged { $0[offset] ^= 0x80 }, forged { $0[offset] = 0xff }] {
      #expect(generation.outcome(value, in: .example) == .cannotOpen)
    }
  }

  @Test("a header has 120 bytes")
  func size() {
    for value in [forged { $0.removeLast() }, forged { $0.append(0) }, forged { $0.removeAll() }] {
      #expect(generation.outcome(value, in: .example) == .cannotOpen)
    }
  }

  @Test("the data key must be the payload's")
  func dataKeyChanged() {
    #expect(generation.outcome(forged { $0[24] ^= 1 }, in: .example) == .cannotOpen)
  }
}
