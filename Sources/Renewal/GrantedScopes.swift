/// The scopes that a provider says it granted (RFC 6749 §3.3), compared with those that a connector needs.
struct GrantedScopes {
  private let granted: Set<Substring>

  /// - Parameter text: separated by spaces, or by commas as some providers do.
  init(_ text: String) { granted = Set(text.split { $0 == " " || $0 == "," }) }

  /// Some providers answer with other names than they were asked with (`email` comes back as an URL). Where names came
  /// that nobody asked for, a short name that is missing may be among them, and is not held against the customer; a
  /// scope that is an URL must be there as it is.
  func cover(_ required: String) -> Bool {
    let required = Set(required.split(separator: " "))
    let missing = required.subtracting(granted)
    if missing.isEmpty { return true }
    return !granted.isSubset(of: required) && !missing.contains { $0.contains("://") }
  }
}
