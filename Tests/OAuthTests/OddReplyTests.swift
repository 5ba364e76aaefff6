import Testing

@testable import OAuth

/// A reply to a token that may be used up: what is odd in it must not cost the grant, and nothing may be made up.
@Suite("odd replies")
struct OddReplyTests {
  private static let good = #"{"access_token":"a","refresh_token":"r","expires_in":60,"company":"Müller & Sons"}"#
  private static let unusable = TokenRefusal.transient(retryAfter: nil, .unusable)

  private func isGood(_ read: Read) -> Bool {
    read.access == "a" && read.refresh == "r" && read.expiresIn == .seconds(60)
  }

  private static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
      return bigEndian ? [high, low] : [low, high]
    }
  }

  private static func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

  @Test(
    "encodings",
    arguments: [
      latin1(good), [0xEF, 0xBB, 0xBF] + Array(good.utf8), utf16("\u{FEFF}" + good, bigEndian: true),
      utf16("\u{FEFF}" + good, bigEndian: false), utf16(good, bigEndian: true), utf16(good, bigEndian: false),
      latin1("access_token=a&refresh_token=r&expires_in=60&company=Müller + Sons, Köln"),
    ])
  func encodings(bytes: [UInt8]) { #expect(isGood(Read(bytes: bytes))) }

  @Test(
    "what stands around the document",
    arguments: [
      ("", "\r\n"), ("", "\u{0}\u{0}\u{0}"), ("", "ok"), ("", "}"), ("", "<!-- 12 ms -->"), ("", #"{"access_token":"b"}"#),
      (")]}',\n", ""), (")]}'", ""), ("while(1);", ""), ("for (;;);", ""), ("callback(", ");"), ("\n\n\u{0}", ""),
      ("5d\r\n", "\r\n0\r\n"), ("<br />\n<b>Notice</b>: x [7]<br />\n", ""),
    ])
  func around(before: String, behind: String) { #expect(isGood(Read(before + Self.good + behind))) }

  @Test(
    "oddities within",
    arguments: [
      #""name":"O\'Brien""#, #""name":"\ud83d""#, #""name":"\u12""#, "\"name\":\"two\nlines\t\"", "\"name\":\"\u{1}\"",
      #""ratio":NaN"#, #""ratio":-Infinity"#, #""count":007"#, #""left":.5"#, #""left":+1"#, #""active":True"#,
      #""owner":None"#, #""owner":undefined"#, #""roles":["a",]"#, #""last":1,"#, #""refresh_token":7,"refresh_token":"r""#,
    ])
  func within(member: String) {
    #expect(isGood(Read(#"{"access_token":"a","refresh_token":"r","expires_in":60,\#(member)}"#)))
  }

  @Test(
    "white space around a token is not part of it",
    arguments: [#" a "#, #"a\r\n"#, #"\ta\u0000"#, "a\n"])
  func trimmed(token: String) {
    let read = Read(#"{"access_token":"\#(token)","refresh_token":"\#(token)","expires_in":" 60 "}"#)
    #expect(read.access == "a" && read.refresh == "a" && read.expiresIn == .seconds(60))
  }

  @Test(
    "a refresh token that is no string, or only white space, did not come",
    arguments: ["7", "{}", "[]", "false", "null", #""""#, #"" \n""#, "None"])
  func absent(value: String) {
    let read = Read(#"{"access_token":"a","refresh_token":\#(value)}"#)
    #expect(read.access == "a" && read.refresh == nil)
  }

  /// Wherever the reply is cut, also if something stands behind the cut.
  @Test("a truncated document gives no token", arguments: ["", "\n", "\u{0}", "<html lang=\"en\">", "]"])
  func truncated(tail: String) {
    for whole in [Array(Self.good.utf8), Self.latin1(Self.good), Self.utf16("\u{FEFF}" + Self.good, bigEndian: false)] {
      for length in 0..<(whole.count - 1) {
        #expect(Read(bytes: Array(whole[..<length]) + Array(tail.utf8)).access == nil, "cut at \(length)")
      }
    }
    #expect(Read(#"while(1);{"access_token":"a""#).refusal == Self.unusable)
  }

  @Test(
    "no token is looked for elsewhere",
    arguments: [
      #"[{"access_token":"a"}]"#, #"{"data":{"access_token":"a"}}"#, #"{}{"access_token":"a"}"#,
      #""{\"access_token\":\"a\"}""#, #"{'access_token':'a'}"#, #"{access_token:"a"}"#, #"{"access_token":a}"#,
      #"{"access_token":"a" "expires_in":60}"#,
    ])
  func elsewhere(body: String) { #expect(Read(body).refusal == Self.unusable) }

  @Test("a page with braces, and without a token, is a page")
  func page() {
    for body in ["<style>b{c:d}</style>", #"<script>x={"error":"invalid_grant"}</script>"#] {
      #expect(Read(body).refusal == .transient(retryAfter: nil, .unparsable))
    }
  }

  @Test("a refusal is read from an odd document too")
  func refusal() {
    let bytes = Self.latin1(#"{"error":"invalid_grant","error_description":"ungültig"}"#)
    #expect(Read(bytes: bytes, status: 400).refusal == .terminal(.invalidGrant))
    #expect(Read(#")]}',{"error":"invalid_client"}!"#, status: 401).refusal == .connector(.invalidClient))
  }
}
