import Glibc
import Sealing

/// The size and SHA-256 of a file. **Not** for a database that this process has open: closing a descriptor of our own
/// would drop the locks that SQLite holds on it.
package struct FileDigest: Sendable, Equatable {
  package let bytes: Int64
  package let sha256: [UInt8]

  package init(of path: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? StorageError.missing(path: path) : StorageError.inaccessible(path: path, error: errno)
    }
    defer { Glibc.close(descriptor) }
    try FileSystem.requireFile(descriptor, path)
    var stream = SHA256Stream()
    var size: Int64 = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { throw StorageError.inaccessible(path: path, error: errno) }
      if count == 0 { break }
      buffer.withUnsafeBytes { stream.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      size += Int64(count)
    }
    (bytes, sha256) = (size, stream.finish())
  }
}
