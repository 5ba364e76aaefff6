import Testing

@testable import Sealing

@Suite("row MACs")
struct RowMACTests {
  private let key = GuardedKey.random(32)

  private func mac(layout: UInt8 = 1, table: String = "t", _ columns: ColumnValue...) -> [UInt8] {
    RowMAC.make(key, layout: layout, table: table, columns: columns)
  }

  @Test("32 bytes, the same for the same row, another under another key")
  func same() {
    #expect(mac(.text("a")).count == 32)
    #expect(mac(.text("a")) == mac(.text("a")))
    #expect(RowMAC.make(.random(32), layout: 1, table: "t", columns: [.text("a")]) != mac(.text("a")))
    #expect(RowMAC.matches(mac(.text("a")), key, layout: 1, table: "t", columns: [.text("a")]))
    #expect(!RowMAC.matches(mac(.text("a")), key, layout: 1, table: "t", columns: [.text("b")]))
    #expect(!RowMAC.matches([], key, layout: 1, table: "t", columns: [.text("a")]))
    #expect(!RowMAC.matches(Array(mac(.text("a")).dropLast()), key, layout: 1, table: "t", columns: [.text("a")]))
  }

  @Test("rows that look alike have different MACs")
  func distinct() {
    let rows = [
      mac(), mac(.null), mac(.text("")), mac(.blob([])), mac(.integer(0)), mac(.integer(1)), mac(.integer(-1)),
      mac(.integer(256)), mac(.text("1")), mac(.blob([0x31])), mac(.text("a")), mac(.blob([0x61])), mac(.null, .null),
      mac(.text("a"), .null), mac(.null, .text("a")), mac(.text("a"), .text("b")), mac(.text("b"), .text("a")),
      mac(.text("ab"), .text("")), mac(.text(""), .text("ab")), mac(.text("ab")),
      mac(.blob([0, 0, 0, 0, 0, 0, 0, 0])), mac(layout: 2, .text("a")), mac(layout: 0, .text("a")),
      mac(table: "ta"), mac(table: "u", .text("a")), mac(table: "", .text("a")),
      mac(.text("e\u{301}")), mac(.text("\u{e9}")), mac(.text("a\0")), mac(.text("a\0b")),
    ]
    #expect(Set(rows).count == rows.count)
  }

  @Test("a table's name cannot borrow bytes from the first column")
  func boundary() { #expect(mac(table: "ab", .text("c")) != mac(table: "a", .text("bc"))) }
}
