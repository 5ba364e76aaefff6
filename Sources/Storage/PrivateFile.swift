import Glibc
import Sealing

/// A small file that only its owner may read, such as a key. Until it is whole and durable it has no name, so that a
/// process that ends in between, however it ends, leaves nothing behind.
package final class PrivateFile {
  package let path: String
  private let making: Making
  private var isPublished = false

  /// `O_TMPFILE` (asm-generic/fcntl.h), a macro that Swift does not see.
  private static let unnamed = 0o20_000_000 | O_DIRECTORY

  private enum Making {
    case unnamed(Int32)
    /// Beside its place, where the file system makes no unnamed files.
    case beside(NewFile)
  }

  /// Begins it: nothing is to be seen yet, but it is known that a file can be made there.
  /// - Throws: `exists` where something stands in its place already.
  package convenience init(at path: String) throws(StorageError) { try self.init(at: path, isUnnamed: true) }

  init(at path: String, isUnnamed: Bool) throws(StorageError) {
    if FileSystem.isThere(path) { throw .exists(path: path) }
    self.path = path
    let folder = FileSystem.folder(of: path)
    let file = isUnnamed ? open(folder, Self.unnamed | O_WRONLY | O_CLOEXEC, 0o600) : -1
    if file >= 0 {
      making = .unnamed(file)
    } else if !isUnnamed || errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL {
      making = .beside(try NewFile.reserve(path))
    } else {
      throw .inaccessible(path: path, error: errno)
    }
  }

  deinit {
    switch making {
    case .unnamed(let file): close(file)
    case .beside(let file): file.discard()
    }
  }

  /// Writes its content, makes that durable, and gives it its name.
  /// - Throws: `exists` where something came into its place meanwhile. Nothing of it is left after an error.
  package func publish(_ content: borrowing Secret) throws(StorageError) {
    switch making {
    case .unnamed(let file): try name(file, content)
    case .beside(let file):
      try file.fill(content)
      try file.publish()
    }
    isPublished = true
  }

  /// Takes it back, if it was published.
  package func withdraw() { if isPublished { unlink(path) } }

  private func name(_ file: Int32, _ content: borrowing Secret) throws(StorageError) {
    guard content.withBytes({ FileSystem.write($0, to: file) }), fsync(file) == 0 else {
      throw .inaccessible(path: path, error: errno)
    }
    guard linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
      throw errno == EEXIST ? .exists(path: path) : .inaccessible(path: path, error: errno)
    }
    do { try FileSystem.syncFolder(of: path) } catch {
      unlink(path)
      throw error
    }
  }
}
