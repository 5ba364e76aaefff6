import Catalogue
import Foundation
import Sealing
import Testing

@testable import OAuth

/// A refusal as somebody published it: where, when it was read, whose it is, and what it must be taken for.
struct PublishedError: Sendable, CustomTestStringConvertible {
  let name: String
  let source: String
  let provider: String
  let status: Int
  /// Class and code: `terminal invalid_grant`.
  let expect: String
  let body: String

  var testDescription: String { name }

  static let all: [PublishedError] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let files = try! FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return files.filter { $0.pathExtension == "http" }.sorted { $0.path < $1.path }.map(PublishedError.init)
  }()

  private init(_ file: URL) {
    let parts = try! String(contentsOf: file, encoding: .utf8).split(separator: "\n\n", maxSplits: 1)
    let fields = Dictionary(
      uniqueKeysWithValues: parts[0].split(separator: "\n").map { line in
        let pair = line.split(separator: ": ", maxSplits: 1)
        return (String(pair[0]), String(pair[1]))
      })
    name = file.deletingPathExtension().lastPathComponent
    source = fields["Source"] ?? ""
    provider = fields["Provider"] ?? ""
    status = fields["Status"].flatMap(Int.init) ?? 0
    expect = fields["Expect"] ?? ""
    body = String(parts[1])
  }
}

extension TokenRefusal {
  /// The form in which the fixtures write it.
  fileprivate var classAndCode: String {
    switch self {
    case .transient: "transient \(code)"
    case .terminal: "terminal \(code)"
    case .connector: "connector \(code)"
    }
  }
}

@Suite("published errors of providers")
struct ProviderErrorTests {
  private static let catalogue = try! ProviderCatalogue.load(directory: nil)

  private func refusal(_ error: PublishedError) throws -> TokenRefusal? {
    let provider = error.provider == "-" ? Fixture.plain : try #require(Self.catalogue.provider(error.provider))
    return Read(error.body, status: error.status, provider: provider).refusal
  }

  @Test("each is taken for what it is", arguments: PublishedError.all)
  func table(error: PublishedError) throws {
    #expect(try refusal(error)?.classAndCode == error.expect)
  }

  @Test("each says where it was published")
  func sources() {
    #expect(PublishedError.all.count >= 50)
    for error in PublishedError.all { #expect(error.source.hasPrefix("https://"), "\(error.name)") }
  }

  @Test("as a form, a refusal means the same", arguments: PublishedError.all.filter { $0.name.hasPrefix("github") })
  func asForm(error: PublishedError) throws {
    let code = try #require(error.expect.split(separator: " ").last)
    let form = "error=\(code)&error_description=The+words+%22passed%22+are%0Aincorrect."
    #expect(Read(form, status: 200).refusal?.classAndCode == error.expect)
  }
}

@Suite("translations of a provider's words")
struct TranslationTests {
  private func read(_ body: String, status: Int = 400, errors: String) -> TokenRefusal? {
    Read(body, status: status, provider: Fixture.oauth(token: ", errors: [\(errors)]", extra: "")).refusal
  }

  @Test("code, words and status must all fit")
  func allFit() {
    let rule = "{code: ODD, says: dead token, status: 403, means: invalid_grant}"
    let body = #"{"error":"odd","error_description":"a DEAD token \u0022x\u0022"}"#
    #expect(read(body, status: 403, errors: rule) == .terminal(.invalidGrant))
    #expect(read(body, status: 400, errors: rule) == .transient(retryAfter: nil, .unrecognised))
    #expect(read(#"{"error":"odd"}"#, status: 403, errors: rule) == .transient(retryAfter: nil, .unrecognised))
    #expect(
      read(#"{"error":"other","error_description":"dead token"}"#, status: 403, errors: rule)
        == .transient(retryAfter: nil, .unrecognised))
  }

  @Test("they stand before the closed list, and the first one wins")
  func first() {
    let rules = "{code: invalid_grant, means: slow_down}, {code: invalid_grant, means: invalid_client}"
    #expect(read(#"{"error":"invalid_grant"}"#, errors: rules) == .transient(retryAfter: nil, .rateLimited))
  }

  @Test("numbers, and codes in an object", arguments: [#"{"error":{"code":190}}"#, #"{"error":{"code":"190"}}"#])
  func numbers(body: String) {
    #expect(read(body, errors: #"{code: "190", means: invalid_grant}"#) == .terminal(.invalidGrant))
  }

  @Test("a status alone")
  func status() {
    #expect(read("{}", status: 403, errors: "{status: 403, means: invalid_scope}") == .connector(.invalidScope))
  }

  @Test("a status alone, of a body that is empty or no document", arguments: ["", " ", "refused"])
  func statusWithoutDocument(body: String) {
    let rule = "{status: 400, means: invalid_grant}"
    #expect(read(body, errors: rule) == .terminal(.invalidGrant))
    #expect(read(body, status: 403, errors: rule) == .transient(retryAfter: nil, .unparsable))
    #expect(read(body, errors: "{code: odd, status: 400, means: invalid_grant}") == .transient(retryAfter: nil, .unparsable))
    #expect(read("<html>\(body)</html>", errors: rule) == .transient(retryAfter: nil, .unparsable))
  }

  @Test("a 5xx or 429 is the provider's trouble, whatever a file says")
  func unavailable() {
    let rule = "{code: invalid_grant, means: invalid_grant}"
    #expect(
      read(#"{"error":"invalid_grant"}"#, status: 503, errors: rule)
        == .transient(retryAfter: nil, .temporarilyUnavailable))
  }

  @Test(
    "codes are found where others put them",
    arguments: [
      #"{"error":{"code":"invalid_grant"}}"#, #"{"error":{"type":"invalid_grant","message":"x"}}"#,
      #"{"errors":[{"code":"INVALID_GRANT"}]}"#, #"{"errorCode":"invalid_grant"}"#, #"{"code":"invalid_grant"}"#,
      #"{"error":"access_denied","error_code":"invalid_grant"}"#, #"{"status":"invalid_grant"}"#,
    ])
  func places(body: String) { #expect(Read(body, status: 400).refusal == .terminal(.invalidGrant)) }
}

@Suite("replies in a form")
struct FormReplyTests {
  @Test("a grant")
  func grant() {
    let read = Read("access_token=a%2Bb%5C%22c&refresh_token=r+s&expires_in=60&scope=x+y&token_type=bearer")
    #expect(read.access == #"a+b\"c"#)
    #expect(read.refresh == "r s")
    #expect(read.expiresIn == .seconds(60))
    #expect(read.scope == "x y")
  }

  @Test(
    "what is none",
    arguments: [
      "x=y", "access_token", "access_token=%4", "access_token=%zz", "an access_token=a", "access_token=a&refresh_tok", "<a>&error=invalid_grant",
      "{access_token=a}", "&", "=",
    ])
  func none(body: String) { #expect(Read(body, status: 400).refusal == .transient(retryAfter: nil, .unparsable)) }

  @Test("nothing readable with a 401 says so", arguments: ["", "Unauthorized", "<html></html>", "[]"])
  func bare(body: String) {
    #expect(Read(body, status: 401).refusal == .transient(retryAfter: nil, .unauthorized))
  }
}
