import Catalogue
import Sealing

@testable import OAuth

enum Fixture {
  static func provider(_ yaml: String) -> Provider {
    switch ProviderFile.parse(yaml, file: "fixture.yaml") {
    case .success(let provider): return provider
    case .failure(let error): fatalError("\(error)")
    }
  }

  static let plain = oauth(token: "", extra: "")

  /// Answers 200 to everything, as Slack does.
  static let slack = oauth(token: #", success: {pointer: /ok, equals: "true"}"#, extra: "")

  static func oauth(base: String = "http://127.0.0.1:1", token: String, extra: String) -> Provider {
    provider(
      """
      slug: fixture
      name: Fixture
      kind: oauth2
      authorization: {url: \(base)/authorize}
      token: {url: \(base)/token\(token)}
      \(extra)
      """)
  }
}

extension Secret {
  init(_ text: String) { self.init(copying: Array(text.utf8)) }
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
