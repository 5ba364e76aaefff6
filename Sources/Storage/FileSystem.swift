import Foundation
import Glibc

/// What every file that is being made asks of the system. Errors name the file.
package enum FileSystem {
  /// Writes all of it, in however many calls that takes.
  /// - Returns: `false` for an error; `errno` says which.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard count > 0 || (count < 0 && errno == EINTR) else { return false }
      rest = rest.dropFirst(max(count, 0))
    }
    return true
  }

  /// Makes the content of a file durable.
  static func sync(_ path: String) throws(StorageError) { try sync(path, O_RDONLY) }

  /// Makes the names in a file's folder durable: without it, a power cut may take a file that was written and synced.
  static func syncFolder(of path: String) throws(StorageError) {
    try sync(folder(of: path), O_RDONLY | O_DIRECTORY)
  }

  static func folder(of path: String) -> String { URL(filePath: path).deletingLastPathComponent().path }

  /// A link, even one to nowhere, is something, too.
  static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// - Throws: `inaccessible` for what is no file, such as a pipe, which would be waited for.
  static func requireFile(_ descriptor: Int32, _ path: String) throws(StorageError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .inaccessible(path: path, error: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .inaccessible(path: path, error: EINVAL) }
  }

  private static func sync(_ path: String, _ flags: Int32) throws(StorageError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw .inaccessible(path: path, error: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .inaccessible(path: path, error: errno) }
  }
}
