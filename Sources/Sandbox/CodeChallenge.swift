import Foundation

/// A PKCE challenge of method S256 (RFC 7636). `plain` is not offered.
struct CodeChallenge: Equatable, Sendable {
  let text: String

  /// - Returns: nil unless `text` is the unpadded base64url of 32 bytes, which every S256 challenge is.
  init?(_ text: String) {
    guard text.utf8.count == 43, text.utf8.allSatisfy(Base64URL.contains) else { return nil }
    self.text = text
  }

  /// The challenge that `verifier` answers (§4.2).
  init(of verifier: String) {
    text = Base64URL.encode(SHA256.digest(Array(verifier.utf8)))
  }

  /// Whether `verifier` is well formed (§4.1: 43 to 128 unreserved characters) and hashes to this challenge (§4.6).
  func isMet(by verifier: String) -> Bool {
    let isUnreserved = verifier.utf8.allSatisfy { Base64URL.contains($0) || ".~".utf8.contains($0) }
    return isUnreserved && (43...128).contains(verifier.utf8.count) && CodeChallenge(of: verifier) == self
  }
}

/// Base64 with the URL-safe alphabet and no padding (RFC 4648 §5).
enum Base64URL {
  static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Whether `byte` belongs to the alphabet.
  static func contains(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
