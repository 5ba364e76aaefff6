import Testing

@testable import Sealing

@Suite("encodings")
struct EncodingTests {
  /// RFC 4648, section 10, without padding.
  @Test(
    "RFC 4648's vectors",
    arguments: [
      ("", "", ""), ("f", "Zg", "66"), ("fo", "Zm8", "666f"), ("foo", "Zm9v", "666f6f"),
      ("foob", "Zm9vYg", "666f6f62"), ("fooba", "Zm9vYmE", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
    ])
  func vectors(text: String, base64: String, hex: String) {
    let bytes = Array(text.utf8)
    #expect(Base64URL.encode(bytes) == base64)
    #expect(Base64URL.decode(base64) == bytes)
    #expect(Hex.encode(bytes) == hex)
    #expect(Hex.decode(hex) == bytes)
  }

  @Test("the alphabet is the one for URLs")
  func alphabet() {
    #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
    #expect(Base64URL.decode("-__-") == [0xfb, 0xff, 0xfe])
  }

  @Test("every length comes back", arguments: 0...66)
  func roundTrip(count: Int) {
    let bytes = RandomBytes.make(count)
    #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    #expect(Hex.decode(Hex.encode(bytes)) == bytes)
  }

  @Test(
    "there is one base64url text per value",
    arguments: [
      "Zg==", "Zg=", "Zh", "Zk", "Zm9", "Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm 9v", "Z", "Zm9vY", "ZÄ", "Zm9v\0", "=", "/w",
    ])
  func strictBase64(text: String) { #expect(Base64URL.decode(text) == nil) }

  @Test("of all the texts of two characters, 256 are a byte")
  func canonical() {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let decoded = alphabet.flatMap { first in alphabet.compactMap { Base64URL.decode(String([first, $0])) } }
    #expect(Set(decoded).count == 256)
    #expect(decoded.count == 256)
  }

  @Test("what is no hex is refused", arguments: ["0", "0g", "0x", " 00", "00 ", "000", "ÄÄ", "０0", "-1"])
  func strictHex(text: String) { #expect(Hex.decode(text) == nil) }

  @Test("integers are little-endian, lengths are 32 bits")
  func littleEndian() {
    var out = ByteWriter("L")
    out.integer(UInt16(0x0102))
    out.integer(UInt64(3))
    out.lengthPrefixed("ü")
    out.lengthPrefixed([])
    #expect(Hex.encode(out.bytes) == "4c" + "0201" + "0300000000000000" + "02000000c3bc" + "00000000")
  }

  @Test("a reader never reads past the end")
  func reader() {
    let bytes: [UInt8] = [2, 0, 0, 0, 9]
    bytes.withUnsafeBytes { memory in
      var short = ByteReader(memory)
      #expect(short.lengthPrefixed() == nil)
      var eight = ByteReader(memory)
      #expect(eight.integer(UInt64.self) == nil)
      #expect(eight.raw(6) == nil)
      #expect(eight.raw(-1) == nil)
      #expect(eight.raw(5)?.count == 5)
      #expect(eight.isAtEnd)
      #expect(eight.integer(UInt8.self) == nil)
    }
    let huge: [UInt8] = [0xff, 0xff, 0xff, 0xff]
    let isRefused = huge.withUnsafeBytes { memory in
      var reader = ByteReader(memory)
      return reader.lengthPrefixed() == nil
    }
    #expect(isRefused)
  }
}
