import Testing

@testable import Sealing

@Suite("secrets")
struct SecretTests {
  @Test("moving bytes in leaves nothing behind")
  func wiping() {
    var source = plaintext
    let secret = Secret(wiping: &source)
    #expect(source.isEmpty)
    #expect(bytes(of: secret) == plaintext)
  }

  @Test("secrets are compared by their bytes")
  func equality() {
    let secret = Secret(copying: plaintext)
    let (same, other, shorter) = (
      secret.equals(secret.duplicate()), secret.equals(Secret.random(plaintext.count)),
      secret.equals(Secret(copying: Array(plaintext.dropLast())))
    )
    #expect(same)
    #expect(!other)
    #expect(!shorter)
    let empty = Secret(copying: []).equals(Secret(copying: []))
    #expect(empty)
  }

  @Test("a writer that outgrows its memory keeps every byte")
  func writer() {
    var writer = SecretWriter(capacity: 1)
    var expected: [UInt8] = []
    for count in 0..<40 {
      let piece = RandomBytes.make(count)
      writer.append(piece)
      expected += piece
    }
    writer.append("ü")
    writer.append(UInt8(9))
    writer.append(Secret(copying: [1, 2]))
    expected += [0xc3, 0xbc, 9, 1, 2]
    #expect(writer.count == expected.count)
    #expect(bytes(of: writer.finish()) == expected)
  }

  @Test("comparison in constant time compares")
  func constantTime() {
    #expect(constantTimeEqual([1, 2], [1, 2]))
    #expect(!constantTimeEqual([1, 2], [1, 3]))
    #expect(!constantTimeEqual([1, 2], [1, 2, 0]))
    #expect(constantTimeEqual([], []))
  }

  @Test("a guarded key keeps its bytes")
  func guarded() {
    let key = GuardedKey(copying: Secret(copying: plaintext))
    let copy = key.withBytes { [UInt8]($0) }
    #expect(copy == plaintext)
    #expect(key.count == plaintext.count)
  }
}
