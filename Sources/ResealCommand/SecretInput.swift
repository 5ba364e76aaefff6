import Glibc
import Sealing

/// Secrets in, from standard input or a file, never from an argument: from the descriptor straight into memory that is
/// wiped.
enum SecretInput {
  private static let limit = 65_536

  /// - Parameter path: `-` is standard input. A newline at the end is not part of the secret.
  static func read(_ path: String) throws -> Secret {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CommandFailure(.local, "\(path) cannot be read: \(String(cString: strerror(errno)))") }
    defer { if path != "-" { close(descriptor) } }
    var count = 0
    let buffer = Secret(count: limit + 1) { count = fill($0, from: descriptor) }
    guard (0...limit).contains(count) else {
      throw CommandFailure(.local, "no secret came by \(path == "-" ? "standard input" : path), or one over 64 KiB")
    }
    let secret = buffer.withBytes { Secret(copying: trimmed($0[..<count])) }
    guard secret.count > 0 else { throw CommandFailure(.local, "the secret is empty") }
    return secret
  }

  /// Reads to the end, or until the buffer is full.
  /// - Returns: how many bytes came; -1 for an error.
  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
    var count = 0
    while count < buffer.count {
      let read = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
      if read == 0 { break }
      guard read > 0 || errno == EINTR else { return -1 }
      count += max(read, 0)
    }
    return count
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
    var bytes = bytes
    while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
    return UnsafeRawBufferPointer(rebasing: bytes)
  }
}
