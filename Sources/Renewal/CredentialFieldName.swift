/// The names that a credential's fields may have: they stand beside our own in every answer.
package enum CredentialFieldName {
  package static let rule =
    "a field's name has 1 to 64 of the characters a-z 0-9 _, begins with a letter, and is none that answers use themselves"

  /// Names that answers use for what is not a field.
  private static let reserved: Set<String> = [
    "integration", "integration_id", "customer_id", "kind", "version", "expires_at", "scopes",
  ]

  package static func isValid(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count), !reserved.contains(name) else { return false }
    return name.utf8.enumerated().allSatisfy { index, byte in
      switch byte {
      case 0x61...0x7A: true
      case 0x30...0x39, 0x5F: index > 0
      default: false
      }
    }
  }
}
