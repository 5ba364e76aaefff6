import Testing

@testable import Storage

@Suite("waiting for the write lock")
struct PatienceTests {
  @Test("all pauses make up the limit, and none is so long that a free moment is missed for a tenth of a second")
  func pauses() {
    let pauses = Array(sequence(first: 0) { $0 + 1 }.lazy.map(Patience.pause).prefix { $0 != nil }).compactMap(\.self)
    #expect(pauses.reduce(.zero, +) == Patience.limit)
    #expect(pauses.allSatisfy { $0 <= .milliseconds(5) })
    #expect(!Patience().wait(pauses.count))
  }

  @Test("suspended, it does not wait at all")
  func suspended() {
    let patience = Patience()
    #expect(!patience.suspended { patience.wait(0) })
    #expect(patience.wait(0))
  }
}
