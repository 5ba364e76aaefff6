import Testing

@testable import Storage

@Suite("waiting for the write lock")
struct PatienceTests {
  @Test("it looks far oftener than ten times a second before five seconds are over")
  func looksOften() {
    let patience = Patience()
    let begin = ContinuousClock.now
    let tries = (0...).first { !patience.wait($0) }
    #expect(ContinuousClock.now - begin >= .seconds(5))
    #expect(tries ?? 0 > 100)
  }

  @Test("suspended, it does not wait at all")
  func suspended() {
    let patience = Patience()
    #expect(!patience.suspended { patience.wait(0) })
    #expect(patience.wait(0))
  }
}
