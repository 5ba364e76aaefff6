import Catalogue
import Sealing
import Testing

@testable import OAuth

@Suite("JSON that holds secrets")
struct SecretJSONTests {
  private func accepts(_ text: String, uniqueKeys: Bool = false) -> Bool {
    accepts(Array(text.utf8), uniqueKeys: uniqueKeys)
  }

  private func accepts(_ bytes: [UInt8], uniqueKeys: Bool = false) -> Bool {
    bytes.withUnsafeBytes { SecretJSON($0, uniqueKeys: uniqueKeys) != nil }
  }

  private func text(_ json: String, _ pointer: String) -> String? {
    Array(json.utf8).withUnsafeBytes { SecretJSON($0)?.text(JSONPointer(text: pointer)!) }
  }

  private func secret(_ json: String) -> String? {
    Array(json.utf8).withUnsafeBytes { bytes in
      switch SecretJSON(bytes)?.secret(JSONPointer("s")) {
      case .some(let secret): secret.text
      case .none: nil
      }
    }
  }

  @Test(
    "documents",
    arguments: [
      "{}", "[]", "null", "true", " 0 ", "-0.5e+10", "\"\"", "[1,2,[3]]", #"{"a":{"b":[{}]}}"#, "\u{FEFF}{}", "1E5",
      "\t\r\n{ }",
      #""\u00e9\ud83d\ude00\n""#, "\"é😀\"",
    ])
  func documents(json: String) { #expect(accepts(json)) }

  @Test(
    "what is malformed is refused whole",
    arguments: [
      "", " ", "{", "}", "[", "[1,]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, "'a'", "01", "-", "1.",
      ".5", "1e", "+1",
      "NaN", "Infinity", "tru", "truex", "nul", #""a"#, "\"a\nb\"", "\"\u{0}\"", #""\x""#, #""\u12""#, #""\u12g4""#,
      #""\ud800""#,
      #""\udc00""#, #""\ud800\u0041""#, #""\"#, "{}{}", "{} x", "[1 2]", #"{"a":1 "b":2}"#, "/**/{}", "0x10",
      "\u{A0}{}",
    ])
  func malformed(json: String) { #expect(!accepts(json)) }

  @Test(
    "bytes that are no UTF-8",
    arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]])
  func notUTF8(bytes: [UInt8]) { #expect(!accepts(bytes)) }

  @Test("32 levels and no more")
  func depth() {
    func nested(_ levels: Int) -> String {
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(accepts(nested(33)))
    #expect(!accepts(nested(34)))
    #expect(!accepts(String(repeating: "[", count: 60_000)))
  }

  @Test(
    "strings come out unescaped",
    arguments: [
      (#"{"s":"plain"}"#, "plain"), (#"{"s":"\"\\\/\b\f\n\r\t"}"#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#"{"s":"\u0041\u00e9\ud83d\ude00"}"#, "Aé😀"),
      (#"{"s":1}"#, nil), (#"{"s":null}"#, nil), (#"{"t":"x"}"#, nil), (#"["s"]"#, nil), (#"{"\u0073":"x"}"#, "x"),
      (#"{"s":"first","s":"last"}"#, "last"), (#"{"a":{"s":"inner"}}"#, nil),
    ] as [(String, String?)])
  func strings(json: String, value: String?) { #expect(secret(json) == value) }

  @Test(
    "pointers",
    arguments: [
      ("/a/0/b", "x"), ("/a/1", "2"), ("/a/2", "true"), ("/a/3", nil), ("/a/4", nil), ("/a/01", nil), ("/a/-", nil),
      ("/a/-1", nil),
      ("/a", nil), ("/c~1d", "y"), ("/e~0f", "z"), ("/", "empty"), ("/a/0/b/c", nil), ("/n", "-1.5e3"),
    ] as [(String, String?)])
  func pointers(pointer: String, value: String?) {
    let json = #"{"a":[{"b":"x"},2,true,null],"c/d":"y","e~f":"z","":"empty","n":-1.5e3}"#
    #expect(text(json, pointer) == value)
  }

  @Test("unique names, where they matter")
  func unique() {
    #expect(accepts(#"{"a":1,"a":2}"#))
    #expect(!accepts(#"{"a":1,"a":2}"#, uniqueKeys: true))
    #expect(!accepts(#"{"b":{"a":1,"a":2}}"#, uniqueKeys: true))
    #expect(!accepts(#"{"a":1,"\u0061":2}"#, uniqueKeys: true))
    #expect(accepts(#"{"a":{"a":1},"b":{"a":2}}"#, uniqueKeys: true))
  }

  @Test(
    "an object of strings names its members; anything else does not",
    arguments: [
      (#"{"a":"1","b":{"c":"2"},"d":"3"}"#, "", nil), (#"{"f":{"b":"1","a":"\u0041"}}"#, "/f", ["b", "a"]),
      (#"{"f":{}}"#, "/f", []), (#"{"f":["a"]}"#, "/f", nil), (#"{"f":{"a":1}}"#, "/f", nil), (#"{}"#, "/f", nil),
    ] as [(String, String, [String]?)])
  func names(json: String, at pointer: String, wanted: [String]?) {
    let place = pointer.isEmpty ? JSONPointer() : JSONPointer(text: pointer)!
    #expect(Array(json.utf8).withUnsafeBytes { SecretJSON($0)?.names(place) } == wanted)
  }
}
