import Custody
import Foundation
import Storage
import TestKit
import Testing

struct AccessKeyTests {
  @Test func aKeyStandsForItsWorkspaceAndRole() async throws {
    try await World.run { world in
      let keys = world.assembly.accessKeys
      for role in AccessRole.allCases {
        let key = try await keys.create(role: role, workspace: world.workspace, by: .commandLine)
        let grant = try #require(try keys.authenticate(key))
        #expect(grant.workspace == world.workspace && grant.role == role)
        #expect(key.hasPrefix("rsk_\(grant.prefix)_") && grant.prefix.count == 8)
      }
      let rows = try keys.list(workspace: world.workspace)
      #expect(Set(rows.map(\.role)) == Set(AccessRole.allCases))
      #expect(try keys.list(workspace: UUID()).isEmpty)
      await #expect(throws: CustodyError.notFound) {
        _ = try await keys.create(role: .read, workspace: UUID(), by: .commandLine)
      }
    }
  }

  @Test func rolesIncludeTheOnesBefore() {
    #expect(AccessRole.read < .use && AccessRole.use < .write && AccessRole.write < .admin)
    #expect(AccessRole.allCases.sorted() == [.read, .use, .write, .admin])
  }

  @Test func whatIsNotExactlyTheKeyIsNoKey() async throws {
    try await World.run { world in
      let keys = world.assembly.accessKeys
      let key = try await keys.create(role: .admin, workspace: world.workspace, by: .commandLine)
      let other = try await keys.create(role: .read, workspace: world.workspace, by: .commandLine)
      let prefix = String(key.prefix(13))
      let wrong = [
        "", "rsk", "rsk_", "rsk__", prefix, String(key.dropLast()), key + "x", key + "=", " " + key, key.uppercased(),
        "sk_" + key.dropFirst(4), prefix + other.dropFirst(13), key + String(repeating: "a", count: 200),
        "rsk_00000000_" + key.dropFirst(13), key.replacing("_", with: "\u{0}"),
        "rsk_" + String(repeating: "\u{0}", count: 8) + "_x",
      ]
      for text in wrong {
        let grant = try keys.authenticate(text)
        #expect(grant == nil, "\(text)")
      }
      #expect(try keys.authenticate(key)?.role == .admin)
    }
  }

  @Test func aRevokedKeyIsNone() async throws {
    try await World.run { world in
      let keys = world.assembly.accessKeys
      let key = try await keys.create(role: .use, workspace: world.workspace, by: .commandLine)
      let kept = try await keys.create(role: .use, workspace: world.workspace, by: .commandLine)
      let prefix = try #require(try keys.authenticate(key)).prefix
      await #expect(throws: CustodyError.notFound) {
        try await keys.revoke(prefix, workspace: UUID(), by: .commandLine)
      }
      #expect(try keys.authenticate(key) != nil)
      try await keys.revoke(prefix, workspace: world.workspace, by: .commandLine)
      #expect(try keys.authenticate(key) == nil)
      #expect(try keys.authenticate(kept) != nil)
      let another = try await world.another()
      #expect(try another.accessKeys.authenticate(key) == nil)
      await another.shutdown()
    }
  }
}
