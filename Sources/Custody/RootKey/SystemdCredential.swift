import Glibc
import Sealing

/// A key that systemd hands to a unit by `LoadCredential=` or `LoadCredentialEncrypted=`: 32 raw bytes.
///
/// Source: systemd.exec(5), "Credentials".
enum SystemdCredential {
  static func key(_ name: String) throws(CustodyError) -> KeyEncryptionKey {
    guard !name.contains("/"), name != ".", name != ".." else {
      throw .locked("\(name) is no name of a credential: it is a file's name, without a folder")
    }
    guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), folder.hasPrefix("/") else {
      throw .locked("systemd gave no credentials to this process: put LoadCredential=\(name):PATH into its unit")
    }
    return try KeyFile.key("\(folder)/\(name)", readers: .unit)
  }
}
