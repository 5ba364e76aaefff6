import Custody
import Foundation
import Renewal
import Sealing
import TestKit
import Testing

struct IntegrationTokenTests {
  @Test func namesItsIntegrationUntilItExpires() async throws {
    try await World.run { world in
      let id = UUID()
      let token = IntegrationToken(custodian: world.custodian, label: "listen", lifetime: .seconds(60))
      let text = token.make(id)
      #expect(token.integration(in: text) == id)
      world.time.advance(.milliseconds(59_999))
      #expect(token.integration(in: text) == id)
      world.time.advance(.milliseconds(1))
      #expect(token.integration(in: text) == nil)
    }
  }

  @Test func isGoodForItsPurposeAndItsVaultOnly() async throws {
    try await World.run { world in
      let id = UUID()
      let text = IntegrationToken(custodian: world.custodian, label: "listen", lifetime: .seconds(60)).make(id)
      let other = IntegrationToken(custodian: world.custodian, label: "renew", lifetime: .seconds(60))
      #expect(other.integration(in: text) == nil)
      #expect(world.assembly.renewLink.integration(in: text) == nil)
      #expect(world.assembly.listenerToken.integration(in: text) == id)
      let folder = try TemporaryFolder()
      let source = RootKeySource.file(path: folder.keyFile)
      try await Custodian.create(at: folder.database, rootKey: source, clocks: world.time.clocks)
      let stranger = try await Custodian.open(at: folder.database, rootKey: source, clocks: world.time.clocks)
      let foreign = IntegrationToken(custodian: stranger, label: "listen", lifetime: .seconds(60))
      #expect(foreign.integration(in: text) == nil)
      try await stranger.close()
    }
  }

  @Test func noByteOfItCanBeChanged() async throws {
    try await World.run { world in
      let token = IntegrationToken(custodian: world.custodian, label: "listen", lifetime: .seconds(60))
      let bytes = try #require(Base64URL.decode(token.make(UUID())))
      #expect(bytes.count == 56)
      for index in bytes.indices {
        var changed = bytes
        changed[index] ^= 1
        #expect(token.integration(in: Base64URL.encode(changed)) == nil)
      }
      for text in ["", "x", "!", Base64URL.encode(Array(bytes.dropLast())), Base64URL.encode(bytes + [0])] {
        #expect(token.integration(in: text) == nil)
      }
    }
  }

  @Test func aRenewLinkIsAnAddressForSevenDays() async throws {
    try await World.run { world in
      let id = UUID()
      let url = try #require(world.assembly.renewLink.url(for: id))
      let prefix = "\(World.address)/renew/"
      #expect(url.hasPrefix(prefix))
      let text = String(url.dropFirst(prefix.count))
      world.time.advance(.seconds(7 * 24 * 3600 - 1))
      #expect(world.assembly.renewLink.integration(in: text) == id)
      world.time.advance(.seconds(1))
      #expect(world.assembly.renewLink.integration(in: text) == nil)
      #expect(RenewLink(custodian: world.custodian, address: PublicAddress()).url(for: id) == nil)
    }
  }
}
