import Glibc
import Sealing

/// Files with a key: regular, not empty, readable by their owner only.
enum KeyFile {
  /// Who beside the owner may have a right to the file.
  enum Readers {
    case nobody
    /// systemd lets a unit's user in by an ACL, and the mask of an ACL shows in the group's bits.
    case unit

    fileprivate var forbidden: mode_t {
      switch self {
      case .nobody: 0o077
      case .unit: 0o037
      }
    }
  }

  /// Makes a new key file of 32 random bytes; an existing one is left alone and must be usable.
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

  /// The key-encryption key in a file of exactly 32 bytes.
  static func key(_ path: String, readers: Readers = .nobody) throws(CustodyError) -> KeyEncryptionKey {
    let content = try read(path, readers: readers)
    do {
      return try KeyEncryptionKey(content)
    } catch {
      throw .locked("the key file \(path) has \(content.count) bytes; a root key file has \(RootKey.size)")
    }
  }

  /// The whole file; at most 4096 bytes.
  static func read(_ path: String, readers: Readers = .nobody) throws(CustodyError) -> Secret {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw .locked("the key file \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { Glibc.close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .locked("the key file \(path) is not a regular file")
    }
    guard status.st_mode & readers.forbidden == 0 else {
      throw .locked("the key file \(path) can be read by others: chmod 600 \(path)")
    }
    guard status.st_size > 0, status.st_size <= 4096 else {
      throw .locked("the key file \(path) has \(status.st_size) bytes, which is no key")
    }
    var count = 0
    let content = Secret(count: Int(status.st_size)) { count = Glibc.read(file, $0.baseAddress, $0.count) }
    guard count == content.count else { throw .locked("the key file \(path) could not be read") }
    return content
  }
}
