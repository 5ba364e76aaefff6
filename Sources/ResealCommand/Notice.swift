import Glibc
import Storage

/// Lines for people, on standard error. Nothing depends on whether they arrive.
enum Notice {
  static func say(_ text: String) { line("reseal: \(text)") }

  static func line(_ text: String) { _ = Array((text.withoutControls + "\n").utf8).withBytes { FileSystem.write($0, to: STDERR_FILENO) } }
}
