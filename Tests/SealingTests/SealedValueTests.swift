import Testing

@testable import Sealing

@Suite("sealed values")
struct SealedValueTests {
  private let generation = KeyGeneration.generate(4)
  private let sealed: SealedValue

  init() { sealed = generation.seal(Secret(copying: plaintext), in: .example, createdAt: 1_760_000_000_000) }

  @Test("what is sealed opens again, whatever its length", arguments: [0, 1, 63, 64, 65, 127, 128, 1000, 100_000])
  func roundTrip(count: Int) {
    let message = RandomBytes.make(count)
    let sealed = generation.seal(Secret(copying: message), in: .example, createdAt: 0)
    #expect(generation.outcome(sealed, in: .example) == .opened(message))
  }

  @Test("sizes are those of the format")
  func sizes() {
    #expect(sealed.header.count == 168)
    #expect(sealed.generation == 4)
  }

  @Test(
    "the payload tells only how many blocks of 64 there are",
    arguments: [(0, 1), (1, 1), (63, 1), (64, 2), (127, 2), (128, 3), (1000, 16)])
  func padding(count: Int, blocks: Int) {
    let sealed = generation.seal(Secret(copying: RandomBytes.make(count)), in: .example, createdAt: 0)
    #expect(sealed.payload.count == 24 + blocks * 64 + 16)
  }

  @Test("the same plaintext is never sealed to the same bytes")
  func fresh() {
    let again = generation.seal(Secret(copying: plaintext), in: .example, createdAt: 1_760_000_000_000)
    #expect(again.header != sealed.header)
    #expect(again.payload != sealed.payload)
    #expect(again.payload.prefix(24) != sealed.payload.prefix(24))
  }

  @Test("neither half shows the plaintext")
  func hidden() {
    let message = [UInt8](repeating: 0x41, count: 256)
    let sealed = generation.seal(Secret(copying: message), in: .example, createdAt: 0)
    let run = [UInt8](repeating: 0x41, count: 5)
    #expect(!(sealed.header + sealed.payload).indices.contains { (sealed.header + sealed.payload).dropFirst($0).starts(with: run) })
  }

  @Test("every flipped bit of the header is refused")
  func headerBits() {
    let opened = bitFlips(sealed.header).filter { flip in
      var changed = sealed
      changed.header = flip.bytes
      return generation.outcome(changed, in: .example) != .cannotOpen
    }
    #expect(opened.map(\.bit) == [])
  }

  @Test("every flipped bit of the payload is refused, also where only the header is checked")
  func payloadBits() {
    let opened = bitFlips(sealed.payload).filter { flip in
      var changed = sealed
      changed.payload = flip.bytes
      let isChecked = (try? generation.check(changed, in: .example)) != nil
      return isChecked || generation.outcome(changed, in: .example) != .cannotOpen
    }
    #expect(opened.map(\.bit) == [])
  }

  @Test("a shorter or longer half is refused", arguments: [0, 1, 24, 39, 40, 47, 48, 103])
  func truncated(count: Int) {
    var header = sealed
    header.header = Array(sealed.header.prefix(count))
    #expect(generation.outcome(header, in: .example) == .cannotOpen)
    var payload = sealed
    payload.payload = Array(sealed.payload.prefix(count))
    #expect(generation.outcome(payload, in: .example) == .cannotOpen)
    var longer = sealed
    longer.payload.append(0)
    #expect(generation.outcome(longer, in: .example) == .cannotOpen)
    longer = sealed
    longer.header.append(0)
    #expect(generation.outcome(longer, in: .example) == .cannotOpen)
  }

  @Test("a value opens in its own place only", arguments: Context.example.neighbours)
  func elsewhere(field: String, context: Context) {
    #expect(context.hash != Context.example.hash, "\(field)")
    #expect(generation.outcome(sealed, in: context) == .cannotOpen, "\(field)")
  }

  @Test("another generation's number beside it is refused", arguments: [UInt32(0), 3, 5, .max])
  func relabelled(number: UInt32) {
    var changed = sealed
    changed.generation = number
    #expect(generation.outcome(changed, in: .example) == .cannotOpen)
  }

  @Test("another key of the same number is refused")
  func foreignKey() { #expect(KeyGeneration.generate(4).outcome(sealed, in: .example) == .cannotOpen) }

  @Test("halves of two values for the same place do not go together")
  func swappedPayload() {
    let other = generation.seal(Secret(copying: Array("another".utf8)), in: .example, createdAt: 0)
    let mixed = SealedValue(generation: 4, header: sealed.header, payload: other.payload)
    #expect(generation.outcome(mixed, in: .example) == .cannotOpen)
    let mixedBack = SealedValue(generation: 4, header: other.header, payload: sealed.payload)
    #expect(generation.outcome(mixedBack, in: .example) == .cannotOpen)
  }
}
