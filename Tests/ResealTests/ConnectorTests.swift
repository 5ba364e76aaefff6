import Custody
import Foundation
import Renewal
import TestKit
import Testing

struct ConnectorTests {
  private func refusal(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch CustodyError.refused(let why) {
      return why
    } catch {
      return "\(error)"
    }
  }

  @Test func aSlugIsTakenOnce() async throws {
    try await World.run { world in
      let why = await refusal { try await world.addConnector("sandbox") }
      #expect(why?.contains("already") == true)
      let slugs = try world.assembly.connectors.list(workspace: world.workspace).map(\.slug)
      #expect(slugs == ["sandbox"])
      // What was refused left no secret behind: there is the one of the first.
      let other = UUID()
      try await world.assembly.workspaces.create(id: other, name: "Other", origins: [], by: .commandLine)
      try await world.addConnector("sandbox", workspace: other)
    }
  }

  @Test(arguments: ["", "-x", "UPPER", "sp ace", "sl/ash", "ümlaut", "a_b", "a.b", String(repeating: "a", count: 65)])
  func aBadSlugIsRefused(_ slug: String) async throws {
    try await World.run { world in
      #expect(await refusal { try await world.addConnector(slug, provider: "sandbox") } != nil)
      let connectors = try world.assembly.connectors.list(workspace: world.workspace)
      #expect(connectors.count == 1)
    }
  }

  @Test func theLongestSlugAndAnUnknownWorkspace() async throws {
    try await World.run { world in
      try await world.addConnector(String(repeating: "a", count: 64), provider: "sandbox")
      await #expect(throws: CustodyError.notFound) { try await world.addConnector("x", workspace: UUID()) }
    }
  }
}

struct CertificateTests {
  @Test func aRetiredOneSignsNothing() async throws {
    try await World.run { world in
      let certificates = world.assembly.certificates
      try await world.addCertificate(.other, to: world.workspace)
      _ = try await world.begin(by: .other)
      try await certificates.retire(Signer.other.certificate.kid, workspace: world.workspace, by: .commandLine)
      await #expect(throws: ConnectRefusal.secret(.signature)) { _ = try await world.begin(by: .other) }
      _ = try await world.begin()
      try await certificates.retire(Signer.shared.certificate.kid, workspace: world.workspace, by: .commandLine)
      await #expect(throws: ConnectRefusal.secret(.noCertificate)) { _ = try await world.begin() }
    }
  }

  @Test func isAddedOnceAndRetiredByItsOwner() async throws {
    try await World.run { world in
      let certificates = world.assembly.certificates
      let kids = try certificates.list(workspace: world.workspace).map(\.kid)
      #expect(kids == [Signer.shared.certificate.kid])
      await #expect(throws: CustodyError.self) { try await world.addCertificate(.shared, to: world.workspace) }
      for (kid, workspace) in [(Signer.shared.certificate.kid, UUID()), ("0000", world.workspace)] {
        await #expect(throws: CustodyError.notFound) {
          try await certificates.retire(kid, workspace: workspace, by: .commandLine)
        }
      }
    }
  }
}
