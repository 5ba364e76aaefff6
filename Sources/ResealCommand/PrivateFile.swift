import Glibc
import Sealing

/// Files that are made once, readable by their owner only.
enum PrivateFile {
  static func create(_ path: String, _ content: borrowing Secret) throws {
    try reserve(path)
    try fill(path, content)
  }

  /// Makes the empty file, so that nothing is made whose secret could then not be written down.
  static func reserve(_ path: String) throws {
    let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw CommandFailure(.local, "\(path) cannot be created: \(String(cString: strerror(errno)))")
    }
    close(file)
  }

  /// Writes the content of a reserved file.
  static func fill(_ path: String, _ content: borrowing Secret) throws {
    let file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
    defer { if file >= 0 { close(file) } }
    let written = content.withBytes { file < 0 ? -1 : write(file, $0.baseAddress, $0.count) }
    guard written == content.count, fsync(file) == 0 else { throw CommandFailure(.local, "\(path) could not be written") }
  }
}
