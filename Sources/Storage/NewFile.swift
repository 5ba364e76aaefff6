import Foundation
import Glibc
import Sealing

/// A file that is made beside its place, under a name of its own, and moved there when it is whole: whatever happens,
/// the place is empty or holds all of it.
package struct NewFile: Sendable {
  package let destination: String
  /// Where it is made.
  package var path: String { destination + ".partial" }

  /// Makes the empty file, readable by its owner only.
  /// - Throws: `exists` where the destination, or anything that SQLite would take for a part of it, is there already;
  ///   `unfinished` where an earlier run, or one that is under way, has left its file.
  package static func reserve(_ destination: String) throws -> NewFile {
    let file = NewFile(destination: destination)
    for suffix in ["", "-wal", "-shm", "-journal"] {
      if isThere(destination + suffix) { throw StorageError.exists(path: destination + suffix) }
      if isThere(file.path + suffix) { throw StorageError.unfinished(path: file.path + suffix) }
    }
    let descriptor = Glibc.open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? StorageError.unfinished(path: file.path) : StorageError.unwritable(code: Int(errno))
    }
    Glibc.close(descriptor)
    return file
  }

  /// Writes its content. Not for databases.
  package func fill(_ bytes: [UInt8]) throws {
    let descriptor = Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw StorageError.unwritable(code: Int(errno)) }
    defer { Glibc.close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw StorageError.unwritable(code: Int(errno))
    }
  }

  /// Makes it durable and moves it to its place, which must still be empty. No connection may be open on it.
  package func publish() throws {
    try Self.sync(path, O_RDONLY)
    // A rename would replace what somebody put there meanwhile; a link does not.
    guard link(path, destination) == 0 else {
      throw errno == EEXIST ? StorageError.exists(path: destination) : StorageError.unwritable(code: Int(errno))
    }
    unlink(path)
    try Self.sync(URL(filePath: destination).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY)
  }

  /// Removes what was made so far, and what SQLite put beside it.
  package func discard() {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
  }

  /// Takes it back from its place.
  package func withdraw() { unlink(destination) }

  private static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private static func sync(_ path: String, _ flags: Int32) throws {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError.unwritable(code: Int(errno)) }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StorageError.unwritable(code: Int(errno)) }
  }
}

/// The size and SHA-256 of a file. **Not** for a database that this process has open: closing a descriptor of our own
/// would drop the locks that SQLite holds on it.
package struct FileDigest: Sendable, Equatable {
  package let bytes: Int64
  package let sha256: [UInt8]

  package init(of path: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? StorageError.missing(path: path) : StorageError.unwritable(code: Int(errno))
    }
    defer { Glibc.close(descriptor) }
    var stream = SHA256Stream()
    var size: Int64 = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { throw StorageError.unwritable(code: Int(errno)) }
      if count == 0 { break }
      buffer.withUnsafeBytes { stream.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      size += Int64(count)
    }
    (bytes, sha256) = (size, stream.finish())
  }
}
