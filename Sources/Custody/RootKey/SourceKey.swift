import Sealing

/// What a source gave.
enum SourceKey: Sendable {
  case key(KeyEncryptionKey)
  case passphrase(Passphrase)
  case recovery(RecoveryKey)
}

extension RootKeySource {
  /// What reading the source is for.
  enum Use { case opening, newSlot }

  /// Reads the source. May wait for a program or a person: call it inside `offPool`.
  /// - Throws: `locked`; for a new slot `refused`, because nothing is locked by it.
  func read(for use: Use = .opening) throws(CustodyError) -> SourceKey {
    guard use == .newSlot else { return try open() }
    do {
      return try make()
    } catch .locked(let why) {
      throw .refused("this source makes no slot: \(why)")
    }
  }

  private func open() throws(CustodyError) -> SourceKey {
    switch self {
    case .file(let path): .key(try KeyFile.key(path))
    case .environment(let name): .key(try EnvironmentKey.take(name))
    case .systemd(let name): .key(try SystemdCredential.key(name))
    case .command(let path): .key(try KeyProgram(path: path).key())
    case .recovery(let path): .recovery(try PrintedRecoveryKey.read(path))
    case .passphrase(let path?): .passphrase(try PassphraseInput.read(file: path, isNew: false))
    case .passphrase(nil): .passphrase(try PassphraseInput.ask(isNew: false))
    }
  }

  /// The same for a slot that is being made: a missing key file is made, a passphrase is long enough and typed twice.
  private func make() throws(CustodyError) -> SourceKey {
    switch self {
    case .file(let path): try KeyFile.createIfMissing(path)
    case .passphrase(let path?): return .passphrase(try PassphraseInput.read(file: path, isNew: true))
    case .passphrase(nil): return .passphrase(try PassphraseInput.ask(isNew: true))
    case .recovery: throw .refused("no slot is made of a recovery key: reseal root add-slot --recovery makes a new one, with its slot")
    case .environment, .systemd, .command: break
    }
    return try open()
  }
}
