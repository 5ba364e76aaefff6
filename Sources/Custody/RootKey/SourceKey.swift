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
  func read(for use: Use = .opening) throws(CustodyError) -> SourceKey {
    switch self {
    case .file(let path):
      if use == .newSlot { try KeyFile.createIfMissing(path) }
      return .key(try KeyFile.key(path))
    case .environment(let name): return .key(try EnvironmentKey.take(name))
    case .systemd(let name): return .key(try SystemdCredential.key(name))
    case .command(let path): return .key(try KeyProgram(path: path).key())
    case .recovery(let path): return .recovery(try PrintedRecoveryKey.read(path))
    case .passphrase(let path?): return .passphrase(try PassphraseInput.read(file: path, isNew: use == .newSlot))
    case .passphrase(nil): return .passphrase(try PassphraseInput.ask(isNew: use == .newSlot))
    }
  }
}
