extension ProviderServer {
  /// The provider as a file of the catalogue describes it.
  /// - Parameter rate: how many requests a second it allows; `nil` where it does not say.
  public func providerFile(slug: String, rate: Int? = nil) -> String {
    """
    slug: \(slug)
    name: \(slug)
    kind: oauth2
    authorization:
      url: http://127.0.0.1:\(port)/authorize
    token:
      url: http://127.0.0.1:\(port)/token
      client_authentication: body
    refresh:
      class: \(provider.rotation.word)
    \(rate.map { "  rate: \($0)" } ?? "")
    facts:
      checked: 2026-11-21
      confidence: H

    """
  }
}

extension Rotation {
  /// The refresh class in the words of a provider file.
  var word: String {
    switch self {
    case .never: "N"
    case .lenient: "S"
    case .grace(let milliseconds): "G(\(milliseconds / 1000))"
    case .strict: "X"
    }
  }
}
