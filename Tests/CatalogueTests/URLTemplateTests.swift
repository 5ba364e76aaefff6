import Testing

@testable import Catalogue

@Suite("templates")
struct URLTemplateTests {
  private let inputs = [
    ConnectionInput(name: "shop", pattern: .label, hint: nil),
    ConnectionInput(name: "any", pattern: ValuePattern(".*")!, hint: nil),
  ]

  @Test(
    "values go where they may",
    arguments: [
      ("https://${shop}.example.com/a", "my-shop", "https://my-shop.example.com/a"),
      ("https://x-${shop}.eu.example.com:8443/a?b=1", "s1", "https://x-s1.eu.example.com:8443/a?b=1"),
      ("https://example.com/${any}/x", "a/b c?d#e&f=ü", "https://example.com/a%2Fb%20c%3Fd%23e%26f%3D%C3%BC/x"),
      ("https://example.com?q=${any}", "a&b=c", "https://example.com?q=a%26b%3Dc"),
      ("https://example.com/plain", "", "https://example.com/plain"),
    ])
  func expanded(text: String, value: String, url: String) throws {
    #expect(try URLTemplate(text).expanded(["shop": value, "any": value], inputs: inputs) == url)
  }

  @Test(
    "values that would reach elsewhere are refused",
    arguments: [
      ("https://${shop}.example.com/", "evil.com/"), ("https://${shop}.example.com/", "a.b"),
      ("https://${shop}.example.com/", ""), ("https://${any}.example.com/", "evil.com#"),
      ("https://${any}.example.com/", "-a"), ("https://${any}.example.com/", "a@b"),
      ("https://example.com/${any}/x", ".."), ("https://example.com/${any}/x", ""),
      ("https://example.com/${any}/x", "a\nb"), ("https://${shop}.example.com/", String(repeating: "a", count: 64)),
    ])
  func refused(text: String, value: String) throws {
    let template = try URLTemplate(text)
    let name = try #require(template.placeholders.first)
    #expect(throws: TemplateError.invalidInput(name: name)) {
      try template.expanded(["shop": value, "any": value], inputs: inputs)
    }
  }

  @Test("a missing value is named")
  func missing() throws {
    let template = try URLTemplate("https://${shop}.example.com/")
    #expect(throws: TemplateError.missingInput(name: "shop")) { try template.expanded([:], inputs: inputs) }
    #expect(throws: TemplateError.missingInput(name: "shop")) { try template.expanded(["shop": "a"], inputs: []) }
  }

  @Test(
    "templates that are refused",
    arguments: [
      ("https://${host}/token", .openHost), ("https://${host}.com/token", .openHost),
      ("https://a.${host}/token", .openHost), ("https://${a}example.com/", .openHost),
      ("https://a.example.${tld}/", .openHost), ("http://${a}.example.com/", .scheme), ("http://example.com/", .scheme),
      ("ftp://example.com/", .scheme), ("${scheme}://example.com/", .scheme), ("https://u:p@example.com/", .userInfo),
      ("https://${a}@b.example.com/", .userInfo), ("https://a.example.com:${port}/", .port),
      ("https://a.example.com:0/", .port), ("https:///x", .host), ("https://a.example.com/${", .placeholder),
      ("https://a.example.com/${A}", .placeholder), ("https://a.example.com/#x", .character),
      ("https://a.example.com/ x", .character), ("https://a.example.com\\@b.example.com/", .character),
    ] as [(String, URLTemplateFault)])
  func faults(text: String, fault: URLTemplateFault) {
    #expect(throws: fault) { try URLTemplate(text) }
  }

  @Test("plain HTTP is for this machine", arguments: ["localhost:8080", "127.0.0.1:1", "[::1]:8080", "localhost"])
  func loopback(host: String) throws {
    #expect(try URLTemplate("http://\(host)/t").expanded([:], inputs: []) == "http://\(host)/t")
  }

  @Test("a pattern is anchored, whatever it says")
  func anchored() throws {
    let pattern = try #require(ValuePattern("a|b"))
    #expect(pattern.accepts("a"))
    #expect(!pattern.accepts("ab"))
    #expect(!pattern.accepts("xa"))
    #expect(!pattern.accepts("a\n"))
  }

  @Test("refresh classes have one text each", arguments: ["N", "S", "X", "G(1)", "G(86400)"])
  func refreshClass(text: String) { #expect(RefreshClass(text)?.description == text) }

  @Test("and no other", arguments: ["", "n", "G", "G()", "G(0)", "G(-1)", "G(+5)", "G(05)", "G(86401)", "X "])
  func noRefreshClass(text: String) { #expect(RefreshClass(text) == nil) }

  @Test("JSON pointers", arguments: ["/a", "/a/b", "/a~1b/~0", "/", "/0"])
  func pointer(text: String) { #expect(JSONPointer(text: text)?.description == text) }

  @Test("what is none", arguments: ["", "a", "/~", "/~2"])
  func noPointer(text: String) { #expect(JSONPointer(text: text) == nil) }

  @Test(
    "the nearest word",
    arguments: [("nam", "name"), ("autorization", "authorization"), ("zzz", nil), ("tokn", "token")]
      as [(String, String?)])
  func nearest(word: String, expected: String?) {
    #expect(NearestWord.to(word, among: ["name", "authorization", "token"]) == expected)
  }
}
