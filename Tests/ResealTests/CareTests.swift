import Custody
import Foundation
import Logging
import Reseal
import Storage
import TestKit
import Testing

/// What people have to do now and then: the doctor remembers when they did.
struct CareTests {
  private static let day = Duration.seconds(86_400)

  private func finding(_ check: String, _ world: World) throws -> Finding {
    let options = AssemblyOptions(
      database: world.folder.database, rootKey: .file(path: world.folder.keyFile), log: Logger(label: "test"))
    return try #require(try world.assembly.doctor(Surroundings(options)).findings().first { $0.check == check })
  }

  @Test func theLastBackupIsRemembered() async throws {
    try await World.run { world in
      #expect(try finding("backup", world).message.contains("tells of none"))
      #expect(try finding("backup", world).level == .warn)
      _ = try await world.assembly.backups.create(at: world.folder.path + "/a.db", by: .commandLine)
      #expect(try finding("backup", world).level == .ok)
      world.time.advance(Self.day * 12)
      #expect(try finding("backup", world).level == .warn)
      #expect(try finding("backup", world).message.contains("12 days ago"))
      _ = try await world.assembly.backups.create(at: world.folder.path + "/b.db", by: .commandLine)
      #expect(try finding("backup", world).level == .ok)
    }
  }

  @Test func eachWayToTheRootKeyIsToBeTriedButTheOneInUse() async throws {
    try await World.run { world in
      let roots = world.assembly.rootKeys
      let untried = try finding("drill", world)
      #expect(untried.level == .warn && untried.message.contains("recovery never was"))
      #expect(!untried.message.contains("file-1"), "it has opened the vault")
      try world.folder.write(try await roots.replaceRecoveryKey(by: .commandLine), to: "recovery")
      let recovery = RootKeySource.recovery(path: world.folder.path + "/recovery")
      _ = try await roots.drill(recovery, by: .commandLine)
      #expect(try finding("drill", world).level == .ok)
      world.time.advance(Self.day * 181)
      #expect(try finding("drill", world).message.contains("recovery was 181 days ago"))
      _ = try await roots.drill(recovery, by: .commandLine)
      #expect(try finding("drill", world).level == .ok)
      world.time.advance(.seconds(1))
      _ = try await roots.replaceRecoveryKey(by: .commandLine)
      #expect(try finding("drill", world).message.contains("recovery never was"), "it is another key")
    }
  }

  @Test func connectsWithSecretsThatNeverExpireAreCounted() async throws {
    try await World.run { world in
      let end = world.time.now.milliseconds / 1000 + 60
      _ = try await world.begin(adding: ["exp": end])
      #expect(try finding("connect secrets", world).level == .ok)
      _ = try await world.begin()
      _ = try await world.begin()
      let found = try finding("connect secrets", world)
      #expect(found.level == .warn && found.message.hasPrefix("2 connects") && found.message.contains(world.workspace.text))
      world.time.advance(Self.day * 31)
      #expect(try finding("connect secrets", world).level == .ok)
    }
  }
}
