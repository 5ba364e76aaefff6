import Glibc
import Sealing

/// The terminal of this process, for what must not be seen.
struct Terminal: ~Copyable {
  private let file: Int32

  static func open() throws(CustodyError) -> Terminal {
    let file = Glibc.open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else {
      throw .locked("there is no terminal to ask for the passphrase: put it into a file and give passphrase:PATH")
    }
    return Terminal(file: file)
  }

  private init(file: Int32) { self.file = file }

  deinit { close(file) }

  /// Reads a line without echo. Keys are read one by one, so that an interrupt cannot leave the echo off.
  borrowing func secret(_ prompt: String) throws(CustodyError) -> Secret {
    var before = termios()
    guard tcgetattr(file, &before) == 0 else { throw .locked("the terminal cannot be read") }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    guard tcsetattr(file, TCSAFLUSH, &raw) == 0 else { throw .locked("the terminal's echo cannot be switched off") }
    defer { tcsetattr(file, TCSAFLUSH, &before) }
    say(prompt)
    defer { say("\n") }
    return try line()
  }

  private borrowing func line() throws(CustodyError) -> Secret {
    var typed = [UInt8](repeating: 0, count: 1024)
    var count = 0
    defer { wipe(&typed) }
    while true {
      var key: UInt8 = 0
      let got = read(file, &key, 1)
      if got < 0, errno == EINTR { continue }
      switch (got, key) {
      case (1, 0x0A), (1, 0x0D): return typed.withBytes { Secret(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      case (1, 0x7F), (1, 0x08): count = Self.end(of: typed, without: count)
      case (1, 0x15): count = 0
      case (1, 0x03), (1, 0x04), (...0, _): throw .locked("no passphrase was given")
      default:
        guard count < typed.count else { throw .locked("the passphrase is longer than \(typed.count) bytes") }
        typed[count] = key
        count += 1
      }
    }
  }

  /// Where `typed` ends without its last character: with the byte that begins it go those that continue it in UTF-8.
  private static func end(of typed: borrowing [UInt8], without count: Int) -> Int {
    var end = max(0, count - 1)
    while end > 0, typed[end] & 0xC0 == 0x80 { end -= 1 }
    return end
  }

  private borrowing func say(_ text: String) { _ = text.withCString { write(file, $0, strlen($0)) } }
}
