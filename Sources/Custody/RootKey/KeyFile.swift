import Glibc
import Sealing
import Storage

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

  /// Makes a new key file of 32 random bytes, durable and whole; an existing one is left alone and must be usable.
  static func createIfMissing(_ path: String) throws(CustodyError) {
    do {
      try PrivateFile(at: path).publish(Secret.random(RootKey.size))
    } catch {
      switch error {
      case .exists: return
      case .unfinished(let left): throw .locked("\(left) is left over from a key file that was not finished; remove it")
      case .inaccessible(_, let code): throw .locked("the key file \(path) cannot be made: \(String(cString: strerror(code)))")
      default: throw .locked("the key file \(path) cannot be made")
      }
    }
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
