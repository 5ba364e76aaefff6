import ArgumentParser
import Foundation
import Sealing

/// Where a new recovery key goes: shown once, or into a file of its own.
struct RecoveryKeyOutput: ParsableArguments {
  @Option(help: "Write the recovery key to this file (0600) and do not print it.")
  var recoveryOut: String?

  /// Makes a key by `body` and writes it down; the file is there before the key is.
  /// - Returns: what `body` made, and the key where it must be printed.
  func take<T>(_ body: () async throws -> (made: T, recoveryKey: String)) async throws -> (made: T, printed: String?) {
    if let recoveryOut { try PrivateFile.reserve(recoveryOut) }
    do {
      let (made, recoveryKey) = try await body()
      return (made, try write(recoveryKey) ? nil : recoveryKey)
    } catch {
      if let recoveryOut { try? FileManager.default.removeItem(atPath: recoveryOut) }
      throw error
    }
  }

  /// - Returns: whether the key is in its file. If the file cannot be written after all, the key is printed: it exists
  ///   nowhere else.
  private func write(_ recoveryKey: String) throws -> Bool {
    guard let recoveryOut else { return false }
    do {
      try PrivateFile.fill(recoveryOut, Secret(copying: Array((recoveryKey + "\n").utf8)))
      return true
    } catch {
      Notice.say("\(recoveryOut) could not be written; the recovery key is printed")
      return false
    }
  }
}
