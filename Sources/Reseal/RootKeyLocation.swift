import Custody

/// Where the key to the root key is kept.
public enum RootKeyLocation: Sendable, Equatable {
  /// A file with 32 bytes, readable by its owner only.
  case file(String)
  /// A variable with 64 hex digits, overwritten and unset once it was read. The weakest place: prefer any other.
  case environment(String)
  /// A credential of the systemd unit: 32 bytes in `$CREDENTIALS_DIRECTORY/NAME`.
  case systemdCredential(String)
  /// A file with a passphrase, readable by its owner only.
  case passphrase(inFile: String)
  /// The absolute path of a program that prints 32 bytes.
  case command(String)
  /// A file with the recovery key that `reseal init` printed.
  case recovery(String)

  var source: RootKeySource {
    switch self {
    case .file(let path): .file(path: path)
    case .environment(let name): .environment(name: name)
    case .systemdCredential(let name): .systemd(name: name)
    case .passphrase(let path): .passphrase(path: path)
    case .command(let path): .command(path: path)
    case .recovery(let path): .recovery(path: path)
    }
  }
}
