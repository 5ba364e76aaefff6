import Glibc
import Sealing

/// A passphrase from a file, or from whoever sits at the terminal.
enum PassphraseInput {
  /// Shorter ones are not taken for a new slot.
  private static let minimum = 12

  /// The file's content, without the newline at its end.
  static func read(file path: String, isNew: Bool) throws(CustodyError) -> Passphrase {
    let content = try KeyFile.read(path)
    let passphrase = content.withBytes { bytes in
      let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
      return Secret(copying: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }
    return try checked(passphrase, isNew: isNew)
  }

  /// Asks at the terminal; twice for a new slot, because what is not seen is mistyped.
  static func ask(isNew: Bool) throws(CustodyError) -> Passphrase {
    let terminal = try Terminal.open()
    guard isNew else { return try checked(try terminal.secret("Passphrase: "), isNew: false) }
    let first = try terminal.secret("New passphrase: ")
    guard first.equals(try terminal.secret("Again: ")) else { throw .locked("the two passphrases differ") }
    return try checked(first, isNew: true)
  }

  private static func checked(_ secret: borrowing Secret, isNew: Bool) throws(CustodyError) -> Passphrase {
    guard !isNew || secret.count >= minimum else {
      throw .locked("a new passphrase has \(minimum) bytes or more; best are six random words")
    }
    guard let passphrase = try? Passphrase(secret) else { throw .locked("the passphrase is empty") }
    return passphrase
  }
}
