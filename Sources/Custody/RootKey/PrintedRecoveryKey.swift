import Foundation
import Sealing

/// The recovery key as text: `reseal_recovery_` and 43 characters of base64url.
enum PrintedRecoveryKey {
  private static let prefix = "reseal_recovery_"

  static func generate() -> (key: RecoveryKey, text: String) {
    // Taken apart at once: a second name for the bytes would have `wipe` overwrite a copy.
    var (key, printed) = RecoveryKey.generate()
    defer { wipe(&printed) }
    return (key, prefix + Base64URL.encode(printed))
  }

  /// Reads it from a file that only its owner may read; blanks around it do not matter.
  static func read(_ path: String) throws(CustodyError) -> RecoveryKey {
    let content = try KeyFile.read(path)
    let text = content.withBytes { String(decoding: $0, as: UTF8.self) }.trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.hasPrefix(prefix), var bytes = Base64URL.decode(String(text.dropFirst(prefix.count))) else {
      throw .locked("\(path) does not hold a recovery key (\(prefix)…)")
    }
    do {
      return try RecoveryKey(Secret(wiping: &bytes))
    } catch {
      throw .locked("\(path) does not hold a usable recovery key")
    }
  }
}
