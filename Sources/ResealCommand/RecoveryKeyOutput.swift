import ArgumentParser
import Sealing
import Storage

/// Where a new recovery key goes: shown once, or into a file of its own.
struct RecoveryKeyOutput: ParsableArguments {
  @Option(help: "Write the recovery key to this file (0600) and do not print it.")
  var recoveryOut: String?

  /// Begins the file, before there is a key that could then not be written down.
  /// - Returns: `nil` where the key is printed.
  func begin() throws -> PrivateFile? {
    do {
      return try recoveryOut.map { try PrivateFile(at: $0) }
    } catch StorageError.exists(let path) {
      throw CommandFailure(
        .local,
        "there is \(path) already, and it may hold the recovery key of a vault: give another name, or remove it if it opens none")
    }
  }
}

extension PrivateFile {
  func publish(recoveryKey: String) throws { try publish(Secret(copying: Array((recoveryKey + "\n").utf8))) }
}
