import Foundation
import Reseal
import TestKit
import Testing

struct VaultOpeningTests {
  /// What opening is refused with; `nil` when it is not.
  private func refusal(_ path: String, _ key: RootKeyLocation, providers: String? = nil) async -> VaultError? {
    do throws(VaultError) {
      let vault = try await Vault.open(at: path, rootKey: key, providers: providers)
      await vault.close()
      return nil
    } catch {
      return error
    }
  }

  @Test func saysWhatIsMissing() async throws {
    try await World.run { world in
      let (database, key) = (world.folder.database, RootKeyLocation.file(world.folder.keyFile))
      #expect(await refusal(database, key) == nil)
      guard case .unusable(let missing) = await refusal("\(world.folder.path)/none.db", key) else {
        Issue.record("opened a database that is not there")
        return
      }
      #expect(missing.contains("none.db") && missing.contains("reseal init"))
      #expect(!FileManager.default.fileExists(atPath: "\(world.folder.path)/none.db"))
      guard case .locked = await refusal(database, .file("\(world.folder.path)/none.key")) else {
        Issue.record("opened without a key")
        return
      }
      guard case .unusable = await refusal(database, key, providers: "\(world.folder.path)/none") else {
        Issue.record("opened without its provider files")
        return
      }
    }
  }

  @Test func aWrongKeyReadsNothing() async throws {
    try await World.run { world in
      try world.folder.write(String(repeating: "k", count: 32), to: "wrong.key")
      try world.folder.write("short", to: "short.key")
      try world.folder.write("not a database, not even nearly one", to: "garbage.db")
      for name in ["wrong.key", "short.key"] {
        guard case .locked(let why) = await refusal(world.folder.database, .file("\(world.folder.path)/\(name)")) else {
          Issue.record("\(name) opened the vault")
          continue
        }
        #expect(!why.isEmpty && !why.contains("kkkk"))
      }
      let garbage = await refusal("\(world.folder.path)/garbage.db", .file(world.folder.keyFile))
      #expect(garbage == .integrity("the database file"))
    }
  }
}
