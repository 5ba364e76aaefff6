import Testing

@testable import Sealing

@Suite("root key")
struct RootKeyTests {
  static let purposes: [RootKey.Purpose] = [.workspaceKey, .vaultMACKey, .fingerprintKey, .auditKey, .check]
  private let root = RootKey.generate()

  private func outcome(_ wrapped: [UInt8], _ purpose: RootKey.Purpose, _ aad: [UInt8]) -> Outcome {
    Outcome { () throws(SealingError) in try root.unwrap(wrapped, for: purpose, aad: aad) }
  }

  @Test("a key opens for the purpose it was wrapped for, and for no other", arguments: RootKeyTests.purposes)
  func separated(purpose: RootKey.Purpose) {
    let wrapped = root.wrap(Secret(copying: plaintext), for: purpose, aad: [1])
    #expect(wrapped.count == 24 + plaintext.count + 16)
    for other in Self.purposes {
      #expect(outcome(wrapped, other, [1]) == (other == purpose ? .opened(plaintext) : .cannotOpen))
    }
    #expect(outcome(wrapped, purpose, []) == .cannotOpen)
  }

  @Test("a root key has 32 bytes", arguments: [0, 31, 33])
  func size(count: Int) { #expect(throws: SealingError.self) { try RootKey(Secret.random(count)) } }
}
