import Testing

@testable import Sealing

@Suite("rewrapping")
struct RewrapTests {
  private let old = KeyGeneration.generate(1)
  private let new = KeyGeneration.generate(2)

  @Test("moves the header and leaves the payload alone")
  func moves() throws {
    let sealed = old.seal(Secret(copying: plaintext), in: .example, createdAt: 1)
    let moved = try old.rewrap(sealed, in: .example, to: new)
    #expect(moved.payload == sealed.payload)
    #expect(moved.header != sealed.header)
    #expect(moved.header.count == 168)
    #expect(moved.generation == 2)
    #expect(new.outcome(moved, in: .example) == .opened(plaintext))
    #expect(old.outcome(moved, in: .example) == .cannotOpen)
    #expect(new.outcome(sealed, in: .example) == .cannotOpen)
    #expect(old.outcome(sealed, in: .example) == .opened(plaintext))
  }

  @Test("an old header under a new number does not open, nor the other way round")
  func relabelled() throws {
    let sealed = old.seal(Secret(copying: plaintext), in: .example, createdAt: 1)
    var moved = try old.rewrap(sealed, in: .example, to: new)
    moved.generation = 1
    #expect(old.outcome(moved, in: .example) == .cannotOpen)
    #expect(new.outcome(moved, in: .example) == .cannotOpen)
  }

  @Test("refuses what it could not open", arguments: Context.example.neighbours)
  func elsewhere(field: String, context: Context) {
    let sealed = old.seal(Secret(copying: plaintext), in: .example, createdAt: 1)
    #expect(throws: SealingError.cannotOpen, "\(field)") { try old.rewrap(sealed, in: context, to: new) }
  }

  @Test("refuses a damaged payload, although it does not decrypt it")
  func damagedPayload() {
    var sealed = old.seal(Secret(copying: plaintext), in: .example, createdAt: 1)
    sealed.payload[30] ^= 1
    let damaged = sealed
    #expect(throws: SealingError.cannotOpen) { try old.rewrap(damaged, in: .example, to: new) }
  }
}
