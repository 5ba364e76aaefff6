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
  package static func reserve(_ destination: String) throws(StorageError) -> NewFile {
    let file = NewFile(destination: destination)
    for suffix in ["", "-wal", "-shm", "-journal"] {
      if FileSystem.isThere(destination + suffix) { throw .exists(path: destination + suffix) }
      if FileSystem.isThere(file.path + suffix) { throw .unfinished(path: file.path + suffix) }
    }
    let descriptor = Glibc.open(file.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? .unfinished(path: file.path) : .inaccessible(path: file.path, error: errno)
    }
    Glibc.close(descriptor)
    return file
  }

  /// Writes its content. Not for databases.
  package func fill(_ content: borrowing Secret) throws(StorageError) {
    let descriptor = Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .inaccessible(path: path, error: errno) }
    defer { Glibc.close(descriptor) }
    guard content.withBytes({ FileSystem.write($0, to: descriptor) }) else {
      throw .inaccessible(path: path, error: errno)
    }
  }

  package func fill(_ bytes: [UInt8]) throws(StorageError) { try fill(Secret(copying: bytes)) }

  /// Makes it durable and moves it to its place, which must still be empty. No connection may be open on it. After an
  /// error the place is empty as before.
  package func publish() throws(StorageError) {
    try FileSystem.sync(path)
    // A rename would replace what somebody put there meanwhile; a link does not.
    guard link(path, destination) == 0 else {
      throw errno == EEXIST ? .exists(path: destination) : .inaccessible(path: destination, error: errno)
    }
    guard unlink(path) == 0 else {
      let error = errno
      withdraw()
      throw .inaccessible(path: path, error: error)
    }
    do { try FileSystem.syncFolder(of: destination) } catch {
      withdraw()
      throw error
    }
  }

  /// Removes what was made so far, and what SQLite put beside it.
  package func discard() {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
  }

  /// Takes it back from its place.
  package func withdraw() { unlink(destination) }
}
