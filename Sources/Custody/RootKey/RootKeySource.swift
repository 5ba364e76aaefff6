/// Where the key to the root key comes from: `--root-key` alone decides, never a row.
package enum RootKeySource: Sendable, Equatable {
  /// A file with exactly 32 bytes that only its owner may read.
  case file(path: String)
  /// A variable with 64 hex digits. Overwritten and unset once it was read.
  case environment(name: String)
  /// A credential that systemd hands to the unit: 32 bytes in `$CREDENTIALS_DIRECTORY/NAME`.
  case systemd(name: String)
  /// A passphrase in a file that only its owner may read, or typed at the terminal.
  case passphrase(path: String?)
  /// A program that prints exactly 32 bytes: the way to a KMS, a TPM, an HSM.
  case command(path: String)
  /// A file with the printed recovery key.
  case recovery(path: String)

  /// Reads the form that `--root-key` takes.
  /// - Throws: `CustodyError.locked` with the accepted forms.
  package init(_ text: String) throws(CustodyError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (parts.first.flatMap(SlotKind.init(rawValue:)), parts.count == 2 ? parts[1] : nil) {
    case (.passphrase, nil): self = .passphrase(path: nil)
    case (_, nil), (_, ""), (nil, _): throw .locked(Self.forms)
    case (.file, let path?): self = .file(path: path)
    case (.environment, let name?): self = .environment(name: name)
    case (.systemd, let name?): self = .systemd(name: name)
    case (.passphrase, let path): self = .passphrase(path: path)
    case (.command, let path?): self = .command(path: path)
    case (.recovery, let path?): self = .recovery(path: path)
    }
  }

  private static let forms = """
    the root key is given as file:PATH, env:NAME, systemd:NAME, passphrase, passphrase:PATH, \
    command:/ABSOLUTE/PROGRAM, or recovery:PATH with the printed recovery key
    """

  /// The kind of slot that this source opens.
  package var slotKind: SlotKind {
    switch self {
    case .file: .file
    case .environment: .environment
    case .systemd: .systemd
    case .passphrase: .passphrase
    case .command: .command
    case .recovery: .recovery
    }
  }
}

/// The kinds of slot, by the words that stand in the rows.
package enum SlotKind: String, Sendable, CaseIterable {
  case file
  case environment = "env"
  case systemd, passphrase, command, recovery
}
