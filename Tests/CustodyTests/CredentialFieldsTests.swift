import Foundation
import Sealing
import Testing

@testable import Custody

@Suite("credential fields")
struct CredentialFieldsTests {
  private func decode(_ bytes: [UInt8]) -> [String]? {
    do { return try CredentialFields(decoding: Secret(copying: bytes)).names } catch { return nil }
  }

  @Test("fields come back in order, byte for byte")
  func roundTrip() throws {
    var writer = CredentialFieldsWriter()
    writer.add("access_token", Secret(copying: [0, 1, 0xff]))
    writer.add("ü", Secret(copying: []))
    writer.add("access_token", Secret(copying: [9]))
    let encoded = writer.finish().withEncoded { $0.withBytes { [UInt8]($0) } }
    let fields = try CredentialFields(decoding: Secret(copying: encoded))
    let (names, first, empty, none) = (
      fields.names, fields.withField("access_token") { [UInt8]($0) }, fields.withField("ü") { [UInt8]($0) },
      fields.withField("Access_token") { [UInt8]($0) }
    )
    #expect(names == ["access_token", "ü", "access_token"])
    #expect(first == [0, 1, 0xff])
    #expect(empty == [])
    #expect(none == nil)
  }

  @Test("the encoding is the documented one, as the other implementation makes it")
  func vector() throws {
    struct Vector: Decodable {
      struct Field: Decodable { let name, value: String }
      let plaintext: String
      let fields: [Field]
    }
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = tests.appending(path: "SealingTests/Vectors/value-credential.json")
    let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
    var writer = CredentialFieldsWriter()
    for field in vector.fields { writer.add(field.name, Secret(copying: try #require(Hex.decode(field.value)))) }
    let encoded = writer.finish().withEncoded { $0.withBytes { Hex.encode([UInt8]($0)) } }
    #expect(encoded == vector.plaintext)
  }

  @Test("what is not an encoding of fields is refused")
  func malformed() {
    let whole: [UInt8] = [1, 1, 1, 0, 0, 0, 0x61, 1, 0, 0, 0, 0x62]
    #expect(decode(whole) == ["a"])
    #expect(decode([1, 0]) == [])
    for count in 0..<whole.count { #expect(decode(Array(whole.prefix(count))) == nil, "\(count) bytes") }
    #expect(decode(whole + [0]) == nil)
    #expect(decode([2] + whole.dropFirst()) == nil)
    #expect(decode([1, 2] + whole.dropFirst(2)) == nil)
    #expect(decode([1, 0] + whole.dropFirst(2)) == nil)
    #expect(decode([1, 1, 0xff, 0xff, 0xff, 0xff]) == nil)
    #expect(decode([1, 1, 1, 0, 0, 0, 0x61, 0xff, 0xff, 0xff, 0x7f, 0x62]) == nil)
  }
}
