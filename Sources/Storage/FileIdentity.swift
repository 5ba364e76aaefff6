import Glibc

/// Which file stands under a path.
///
/// A database that was moved away while it is open goes on living for whoever has it open, and nobody sees what he
/// writes: a key that was revoked in the file which took its place would be honoured for ever.
struct FileIdentity: Sendable, Equatable {
  private let device: dev_t
  private let inode: ino_t

  /// - Throws: `missing` where nothing is; `inaccessible` for what is no file.
  init(of path: String) throws(StorageError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw errno == ENOENT ? .missing(path: path) : .inaccessible(path: path, error: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .inaccessible(path: path, error: EINVAL) }
    (device, inode) = (status.st_dev, status.st_ino)
  }
}
