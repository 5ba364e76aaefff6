import Foundation
import Glibc
import Sealing

/// Where the key to the root key comes from: `--root-key` alone decides, never a row.
package enum RootKeySource: Sendable, Equatable {
  /// A file with exactly 32 bytes that only its owner may read.
  case file(path: String)
  /// A file with the printed recovery key.
  case recovery(path: String)

  /// Reads `file:PATH` or `recovery:PATH`.
  /// - Throws: `CustodyError.locked` with the accepted forms.
  package init(_ text: String) throws(CustodyError) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, !parts[1].isEmpty else { throw .locked(Self.forms) }
    switch parts[0] {
    case "file": self = .file(path: String(parts[1]))
    case "recovery": self = .recovery(path: String(parts[1]))
    default: throw .locked(Self.forms)
    }
  }

  private static let forms = "the root key is given as file:PATH, or recovery:PATH with the printed recovery key"

  /// The kind of slot that this source opens.
  package var slotKind: String {
    switch self {
    case .file: "file"
    case .recovery: "recovery"
    }
  }
}

/// Key files: 32 raw bytes, mode 0600.
enum KeyFile {
  /// Makes a new key file; an existing one is left alone and must be usable.
  static func createIfMissing(_ path: String) throws(CustodyError) {
    let file = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if file < 0 {
      if errno == EEXIST { return }
      throw .locked("the key file \(path) cannot be created: \(String(cString: strerror(errno)))")
    }
    defer { Glibc.close(file) }
    let key = Secret.random(RootKey.size)
    let written = key.withBytes { write(file, $0.baseAddress, $0.count) }
    guard written == RootKey.size, fsync(file) == 0 else { throw .locked("the key file \(path) could not be written") }
  }

  static func read(_ path: String, maximum: Int) throws(CustodyError) -> Secret {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw .locked("the key file \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { Glibc.close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .locked("the key file \(path) is not a regular file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw .locked("the key file \(path) can be read by others: chmod 600 \(path)")
    }
    guard status.st_size > 0, status.st_size <= maximum else {
      throw .locked("the key file \(path) has \(status.st_size) bytes, which is no key")
    }
    var count = 0
    let content = Secret(count: Int(status.st_size)) { count = Glibc.read(file, $0.baseAddress, $0.count) }
    guard count == content.count else { throw .locked("the key file \(path) could not be read") }
    return content
  }
}

extension RootKeySource {
  /// The key-encryption key of a `file:` source.
  static func keyEncryptionKey(file path: String) throws(CustodyError) -> KeyEncryptionKey {
    let content = try KeyFile.read(path, maximum: 4096)
    do {
      return try KeyEncryptionKey(content)
    } catch {
      throw .locked("the key file \(path) has \(content.count) bytes; a root key file has \(RootKey.size)")
    }
  }

  /// The recovery key as it was printed: `reseal_recovery_` and 43 characters of base64url.
  static func recoveryKey(file path: String) throws(CustodyError) -> RecoveryKey {
    let content = try KeyFile.read(path, maximum: 4096)
    let text = content.withBytes { String(decoding: $0, as: UTF8.self) }.trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.hasPrefix(recoveryPrefix), var bytes = Base64URL.decode(String(text.dropFirst(recoveryPrefix.count))) else {
      throw .locked("\(path) does not hold a recovery key (\(recoveryPrefix)…)")
    }
    do {
      return try RecoveryKey(Secret(wiping: &bytes))
    } catch {
      throw .locked("\(path) does not hold a usable recovery key")
    }
  }

  package static let recoveryPrefix = "reseal_recovery_"
}
