import Testing

@testable import Sealing

@Suite("passphrases")
struct PassphraseTests {
  private func parameters(operations: UInt64, memory: UInt64, version: UInt8 = 1, salt: Int = 16) -> [UInt8] {
    var out = ByteWriter()
    out.integer(version)
    out.integer(operations)
    out.integer(memory)
    out.raw([UInt8](repeating: 7, count: salt))
    return out.bytes
  }

  private func isRefused(_ bytes: [UInt8]) -> Bool {
    do { _ = try PassphraseParameters(decoding: bytes) } catch .refusedParameters { return true } catch { return false }
    return false
  }

  @Test("fresh parameters are MODERATE, 33 bytes, with a salt of their own")
  func fresh() throws {
    let made = PassphraseParameters.fresh()
    #expect((made.operations, made.memory, made.salt.count) == (3, 256 << 20, 16))
    #expect(made.encoded.count == 33)
    #expect(try PassphraseParameters(decoding: made.encoded) == made)
    #expect(PassphraseParameters.fresh().salt != made.salt)
  }

  @Test("parameters outside MODERATE to SENSITIVE are refused, and malformed ones")
  func range() {
    for (operations, memory) in [(3, 256 << 20), (4, 1 << 30), (3, 1 << 30)] as [(UInt64, UInt64)] {
      #expect(!isRefused(parameters(operations: operations, memory: memory)))
    }
    for (operations, memory) in [
      (2, 256 << 20), (5, 256 << 20), (0, 256 << 20), (.max, 256 << 20), (3, 0), (3, 8192), (3, (256 << 20) - 1),
      (3, (1 << 30) + 1), (3, .max),
    ] as [(UInt64, UInt64)] {
      #expect(isRefused(parameters(operations: operations, memory: memory)), "\(operations), \(memory)")
    }
    let good = parameters(operations: 3, memory: 256 << 20)
    for count in 0..<good.count { #expect(isRefused(Array(good.prefix(count)))) }
    #expect(isRefused(good + [0]))
    #expect(isRefused(parameters(operations: 3, memory: 256 << 20, version: 0)))
    #expect(isRefused(parameters(operations: 3, memory: 256 << 20, version: 2)))
  }

  @Test("the same passphrase and parameters make the same key; another salt another one")
  func derivation() throws {
    let parameters = PassphraseParameters.fresh()
    let slot = Slot(vault: "v", id: "s", kind: "passphrase", parameters: parameters.encoded)
    func key(_ text: String, _ parameters: PassphraseParameters) throws -> KeyEncryptionKey {
      try Passphrase(Secret(copying: Array(text.utf8))).key(parameters)
    }
    let wrapped = slot.wrap(.generate(), under: try key("correct horse", parameters))
    _ = try slot.unwrap(wrapped, with: try key("correct horse", parameters))
    let others = [try key("correct horse ", parameters), try key("correct horse", .fresh())]
    for other in others { #expect(throws: SealingError.cannotOpen) { try slot.unwrap(wrapped, with: other) } }
  }

  @Test("an empty passphrase is none")
  func empty() {
    #expect(throws: SealingError.self) { try Passphrase(Secret(copying: [])) }
  }
}
