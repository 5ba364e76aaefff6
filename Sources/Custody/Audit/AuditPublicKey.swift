import Sealing

/// The public key that the audit log begins with, as `init` prints it: `reseal_audit_` and 43 characters of base64url.
package enum AuditPublicKey {
  private static let prefix = "reseal_audit_"

  static func text(_ bytes: [UInt8]) -> String { prefix + Base64URL.encode(bytes) }

  /// - Throws: `refused` for anything that is no such key.
  package static func read(_ text: String) throws(CustodyError) -> VerifyingKey {
    guard text.hasPrefix(prefix), let bytes = Base64URL.decode(String(text.dropFirst(prefix.count))),
      let key = try? VerifyingKey(bytes)
    else { throw .refused("an audit key looks like \(prefix)…, as `reseal init` and `reseal audit export` print it") }
    return key
  }
}
