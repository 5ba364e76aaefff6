import Foundation
import Testing

@testable import Catalogue

enum Sample {
  static let sandbox = """
    slug: sandbox
    name: Sandbox
    kind: oauth2
    issuer: https://sandbox.example.com
    authorization:
      url: https://${shop}.sandbox.example.com/authorize
      scope_separator: ","
      pkce: required
      parameters: {audience: "${shop}", prompt: consent}
      scopes: [read, write]
    token:
      url: https://sandbox.example.com/token/${region}
      client_authentication: body
      reply: {access_token: /authed_user/access_token}
      success: {pointer: /ok, equals: "true"}
      error: {pointer: /err/code, description: /err/text}
      errors: [{code: gone, says: for good, status: 403, means: invalid_grant}]
    refresh: {class: G(30), default_lifetime: 3600}
    revocation: {url: https://sandbox.example.com/revoke}
    probe: {url: https://sandbox.example.com/me, actor: /sub, label: /email, headers: {X-Version: "2"}}
    inputs:
      - {name: shop, hint: the part before .sandbox.example.com}
      - {name: region, pattern: "eu|us"}
    facts: {checked: 2026-11-21, confidence: H}
    """

  static let key = """
    slug: keyed
    name: Keyed
    kind: api_key
    header: {name: X-Api-Key, format: "${api_key}"}
    probe: {url: https://api.example.com/me, actor: /id}
    """

  /// The sandbox's file with one line replaced.
  static func broken(_ line: String, by replacement: String) -> String {
    precondition(sandbox.contains(line))
    return sandbox.replacingOccurrences(of: line, with: replacement)
  }
}

@Suite("a provider file")
struct ProviderFileTests {
  private func problems(_ text: String) -> [CatalogueProblem] {
    guard case .failure(.invalid(let problems)) = ProviderFile.parse(text, file: "x.yaml") else { return [] }
    return problems
  }

  @Test("every key finds its place")
  func whole() throws {
    let provider = try ProviderFile.parse(Sample.sandbox, file: "x.yaml").get()
    #expect(provider.slug == "sandbox")
    #expect(provider.kind == .oauth2)
    #expect(provider.issuer == "https://sandbox.example.com")
    #expect(!provider.issuerRequired)
    #expect(provider.authorization?.scopeSeparator == ",")
    #expect(provider.authorization?.scopes == ["read", "write"])
    #expect(provider.token?.clientAuthentication == .body)
    #expect(provider.token?.reply.accessToken.description == "/authed_user/access_token")
    #expect(provider.token?.reply.refreshToken.description == "/refresh_token")
    #expect(provider.token?.success == SuccessRule(pointer: JSONPointer("ok"), equals: "true"))
    #expect(provider.token?.error.code.description == "/err/code")
    #expect(provider.token?.error.description.description == "/err/text")
    #expect(
      provider.token?.errors
        == [ErrorTranslation(code: "gone", says: "for good", status: 403, meaning: .invalidGrant)])
    #expect(provider.refresh?.refreshClass == .g(seconds: 30))
    #expect(provider.refresh?.defaultLifetime == 3600)
    #expect(provider.revocation?.style == .form)
    #expect(provider.probe?.headers == ["X-Version": "2"])
    #expect(provider.header == .bearer)
    #expect(provider.inputs.map(\.name) == ["shop", "region"])
    #expect(provider.facts?.confidence == .high)
  }

  @Test("the defaults are the standards'")
  func defaults() throws {
    let text = """
      {slug: a, name: A, kind: oauth2, authorization: {url: "https://a.example/o"}, token: {url: "https://a.example/t"}}
      """
    let provider = try ProviderFile.parse(text, file: "x.yaml").get()
    #expect(provider.authorization?.pkce == .required)
    #expect(provider.authorization?.scopeSeparator == " ")
    #expect(provider.token?.clientAuthentication == .basic)
    #expect(provider.token?.reply == .standard)
    #expect(provider.token?.error == .standard)
    #expect(provider.refresh?.refreshClass == .x)
  }

  @Test("forms have fields")
  func forms() throws {
    #expect(try ProviderFile.parse(Sample.key, file: "x.yaml").get().fields.map(\.name) == ["api_key"])
    let basic = try ProviderFile.parse("{slug: b, name: B, kind: basic}", file: "x.yaml").get()
    #expect(basic.fields.map(\.name) == ["username", "password"])
    #expect(basic.fields.map(\.secret) == [false, true])
    #expect(basic.header == nil)
  }

  @Test(
    "what is wrong is said with its line and its key",
    arguments: [
      ("slug: sandbox", "slug: Sand Box", 1, "slug", "must be 1 to 64"),
      ("name: Sandbox", "nam: Sandbox", 2, "", "unknown key \"nam\", did you mean \"name\"?"),
      ("kind: oauth2", "kind: oauth3", 3, "kind", "must be one of oauth2, api_key, basic"),
      ("  pkce: required", "  pkce: yes please", 8, "authorization.pkce", "must be one of required, forbidden"),
      ("  scope_separator: \",\"", "  scope_seperator: \",\"", 7, "authorization", "did you mean \"scope_separator\"?"),
      ("  scopes: [read, write]", "  scopes: read", 10, "authorization.scopes", "must be a list"),
      ("G(30)", "G(x)", 18, "refresh.class", "must be N, S, X or G(seconds)"),
      ("default_lifetime: 3600", "default_lifetime: soon", 18, "refresh.default_lifetime", "whole number"),
      ("actor: /sub", "actor: sub", 20, "probe.actor", "must be a JSON pointer"),
      ("pattern: \"eu|us\"", "pattern: \"(eu|us\"", 23, "inputs[1].pattern", "no regular expression"),
      ("means: invalid_grant", "means: gone", 17, "token.errors[0].means", "must be one of invalid_grant, "),
      (", means: invalid_grant", "", 17, "token.errors[0].means", "is missing: one of"),
      ("status: 403", "status: 500", 17, "token.errors[0].status", "must be 2xx or 4xx"),
      ("says: for good", "says: für immer", 17, "token.errors[0].says", "must be printable ASCII"),
      ("code: gone, says: for good, status: 403, ", "", 17, "token.errors[0]", "needs a code"),
      ("checked: 2026-11-21", "checked: yesterday", 24, "facts.checked", "must be a date"),
      (
        "/token/${region}", "/token/${regoin}", 1, "",
        "token.url: ${regoin} is no input of this provider, did you mean ${region}?"
      ),
      (
        "https://${shop}.sandbox.example.com/authorize", "https://${shop}/authorize", 6, "authorization.url",
        "lets a placeholder name the host"
      ),
      ("prompt: consent", "redirect_uri: x", 9, "authorization.parameters", "is set by the vault itself"),
      ("issuer: https://sandbox.example.com", "issuer_required: true", 4, "issuer", "is missing"),
    ])
  func explained(line: String, replacement: String, number: Int, path: String, message: String) throws {
    let found = problems(Sample.broken(line, by: replacement))
    let problem = try #require(found.first { $0.message.contains(message) }, "\(found)")
    #expect(problem.path == path)
    // A missing key has no line of its own.
    if message != "is missing" { #expect(problem.line == number) }
  }

  @Test("all problems of a file come at once")
  func several() {
    let text = Sample.sandbox.replacingOccurrences(of: "kind: oauth2", with: "kind: x")
      .replacingOccurrences(of: "actor: /sub", with: "actor: sub")
    #expect(problems(text).count == 2)
  }

  @Test("what is no YAML, or no mapping", arguments: ["", "- a", "a: [", "a: 1\na: 2", "slug: {}\n", "\t"])
  func unreadable(text: String) { #expect(!problems(text).isEmpty) }

  @Test("keys of another kind are refused")
  func wrongKind() {
    let found = problems(Sample.key + "\ntoken: {url: https://a.example.com/t}")
    #expect(found.map(\.message) == ["has no meaning for kind api_key"])
  }

  @Test("a problem prints as editors read it")
  func printed() {
    let problem = CatalogueProblem(file: "p.yaml", line: 3, path: "token.url", message: "is missing")
    #expect(problem.description == "p.yaml:3: token.url: is missing")
  }
}

@Suite("the catalogue")
struct ProviderCatalogueTests {
  private func directory(_ files: [String: String]) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("catalogue-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    return path
  }

  @Test("loads what a directory holds")
  func loads() throws {
    let path = try directory(["a.yaml": Sample.sandbox, "b.yml": Sample.key, "notes.txt": "none"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    let catalogue = try ProviderCatalogue.load(directory: path)
    #expect(catalogue.provider("sandbox")?.name == "Sandbox")
    #expect(catalogue.provider("keyed") != nil)
    #expect(catalogue.provider("nobody") == nil)
    #expect(ProviderFile.check("\(path)/a.yaml").isEmpty)
  }

  @Test("two files with one slug, or one wrong file, stop the load")
  func refuses() throws {
    let path = try directory(["a.yaml": Sample.key, "b.yaml": Sample.key, "c.yaml": "kind: x"])
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect {
      try ProviderCatalogue.load(directory: path)
    } throws: { error in
      guard case .invalid(let problems) = error as? CatalogueError else { return false }
      return problems.contains { $0.path == "slug" && $0.file.hasSuffix("b.yaml") }
        && problems.contains { $0.file.hasSuffix("c.yaml") }
    }
  }

  @Test("what cannot be read is said")
  func unreadable() {
    #expect(throws: CatalogueError.unreadable(path: "/nowhere/at/all")) {
      try ProviderCatalogue.load(directory: "/nowhere/at/all")
    }
    #expect(ProviderFile.check("/nowhere.yaml").map(\.message) == ["cannot be read"])
  }

  @Test("the built-in providers are the files of the folder, and none is wrong")
  func builtIn() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appendingPathComponent("Sources/Catalogue/Providers").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    for name in names { #expect(ProviderFile.check("\(folder)/\(name)") == []) }
    let slugs = try ProviderCatalogue.load(directory: folder).all.map(\.slug)
    #expect(slugs.map { "\($0).yaml" } == names)

    #expect(try ProviderCatalogue.load(directory: nil).all.map(\.slug) == slugs)

  }
}
