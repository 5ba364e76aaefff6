import Glibc
import Sealing
import Storage

/// Standard output: what a command was run for. Straight to the descriptor, so that nothing waits in a buffer, secrets
/// have no copy there, and what could not be written is known at once.
enum Output {
  static func line(_ text: String = "") throws(CommandFailure) { try lines([text]) }

  static func lines(_ texts: [String]) throws(CommandFailure) {
    try write(texts.map { $0.withoutControls + "\n" }.joined())
  }

  static func write(_ text: String) throws(CommandFailure) {
    try Array(text.utf8).withBytes { (bytes) throws(CommandFailure) in try write(bytes) }
  }

  static func write(_ bytes: UnsafeRawBufferPointer) throws(CommandFailure) {
    guard FileSystem.write(bytes, to: STDOUT_FILENO) else {
      throw CommandFailure(.local, "standard output cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}
