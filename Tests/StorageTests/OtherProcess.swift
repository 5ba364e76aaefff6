import Foundation

/// A Python program beside this process: looks at database files that nobody may open twice here (closing one's own
/// descriptor would drop SQLite's locks), and holds locks of its own.
final class OtherProcess {
  private let process = Process()
  private let (input, output) = (Pipe(), Pipe())

  /// - Parameter program: ends when its standard input does; it is killed after a minute anyway.
  init(_ program: String, _ arguments: String...) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["timeout", "60", "python3", "-u", "-c", program] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit { if process.isRunning { process.terminate() } }

  /// Its next line.
  func line() -> String {
    var bytes: [UInt8] = []
    while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Lets it end.
  func finish() throws {
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// In which of a database's files the bytes stand.
  static func files(of database: String, holding bytes: [UInt8]) throws -> [String] {
    let program = """
      import os, sys
      found = [end or "db" for end in ("", "-wal", "-journal") if os.path.exists(sys.argv[1] + end)
               and bytes.fromhex(sys.argv[2]) in open(sys.argv[1] + end, "rb").read()]
      print(" ".join(found))
      """
    let other = try OtherProcess(program, database, bytes.map { String(format: "%02x", $0) }.joined())
    defer { try? other.finish() }
    return other.line().split(separator: " ").map(String.init)
  }

  /// Holds a transaction open until it is let go, or for `seconds`.
  static func holding(_ begin: String, of database: String, seconds: Double? = nil) throws -> OtherProcess {
    let program = """
      import sqlite3, sys, time
      db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
      for statement in sys.argv[2].split(";"):
          db.execute(statement).fetchall()
      print("held")
      time.sleep(float(sys.argv[3])) if sys.argv[3] else sys.stdin.read()
      db.execute("COMMIT")
      print("released")
      """
    let other = try OtherProcess(program, database, begin, seconds.map { String($0) } ?? "")
    guard other.line() == "held" else { throw CocoaError(.executableLoad) }
    return other
  }
}
