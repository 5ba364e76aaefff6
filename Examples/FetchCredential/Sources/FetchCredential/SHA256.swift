import Foundation
import Glibc

/// SHA-256 by the system's `sha256sum`: the bytes go through a pipe, never onto a command line.
enum SHA256 {
  static func hex(_ bytes: UnsafeRawBufferPointer) throws -> String {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    try write(bytes, to: input.fileHandleForWriting.fileDescriptor)
    try input.fileHandleForWriting.close()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: text.prefix(64), as: UTF8.self)
  }

  /// Straight to the descriptor: `FileHandle` would make a copy that nobody wipes.
  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard written > 0 else { throw CocoaError(.fileWriteUnknown) }
      rest = rest.dropFirst(written)
    }
  }
}
