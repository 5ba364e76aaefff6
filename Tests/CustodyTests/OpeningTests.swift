import Foundation
import Sealing
import Storage
import Synchronization
import Testing

@testable import Custody

@Suite("openings")
struct OpeningTests {
  private struct Stop: Error {}

  @Test("a credential opens for its workspace and customer, by version or as the current one")
  func opens() async throws {
    let vault = try await TestVault.make()
    let id = vault.first.integrations[0]
    #expect(try await vault.secret(of: id, in: vault.first) == "secret-1-0-2")
    #expect(try await vault.secret(of: id, in: vault.first, version: 1) == "secret-1-0-1")
    let opened = try await vault.custodian.openCredential(
      of: id, workspace: vault.first.workspace, customer: "customer-1", by: .library, purpose: "p")
    let (version, names) = (opened.credential.version, opened.fields.names)
    #expect(version == 2)
    #expect(names == ["api_key"])
  }

  @Test("missing and foreign are one answer, and leave no entry")
  func notFound() async throws {
    let vault = try await TestVault.make()
    let (custodian, first, second) = (vault.custodian, vault.first, vault.second)
    let before = try custodian.audit().count
    let asked: [(UUID, UUID, String?, Int64?)] = [
      (UUID(), first.workspace, nil, nil), (first.integrations[0], second.workspace, nil, nil),
      (first.integrations[0], UUID(), nil, nil), (first.integrations[0], first.workspace, "customer-2", nil),
      (first.integrations[0], first.workspace, "", nil), (first.integrations[0], first.workspace, nil, 3),
      (first.integrations[0], first.workspace, nil, -1),
    ]
    for (integration, workspace, customer, version) in asked {
      await #expect(throws: CustodyError.notFound) {
        _ = try await custodian.openCredential(
          of: integration, workspace: workspace, customer: customer, version: version, by: .library, purpose: "p")
      }
    }
    await #expect(throws: CustodyError.notFound) {
      _ = try await custodian.openSecret("attempt/y/pkce", workspace: first.workspace, by: .library, purpose: "p")
    }
    await #expect(throws: CustodyError.notFound) {
      _ = try await custodian.openSecret("attempt/x/pkce", workspace: UUID(), by: .library, purpose: "p")
    }
    #expect(try custodian.audit().count == before)
  }

  @Test("a customer is named byte for byte: text that only looks the same is another's")
  func customerBytes() async throws {
    let vault = try await TestVault.make()
    let id = UUID()
    let (connector, workspace) = (vault.first.connector, vault.first.workspace)
    try await vault.custodian.change(.test) { change in
      try change.insert(
        IntegrationRow(
          integration: id, workspace: workspace, customer: "caf\u{e9}", connector: connector, since: change.now,
          createdAt: change.now))
    }
    func find(_ customer: String) throws -> UUID {
      try vault.custodian.view { try $0.integration(id, workspace: workspace, customer: customer) }.integration
    }
    #expect(try find("caf\u{e9}") == id)
    #expect(throws: CustodyError.notFound) { try find("cafe\u{301}") }
  }

  @Test("every opening stands in the log: who, what, which version, what for")
  func recorded() async throws {
    let vault = try await TestVault.make()
    let id = vault.first.integrations[0]
    _ = try await vault.custodian.openCredential(
      of: id, workspace: vault.first.workspace, version: 1, by: .accessKey("abc"), purpose: "fetch")
    let name = "attempt/x/pkce"
    _ = try await vault.custodian.openSecret(name, workspace: vault.first.workspace, by: .refresher, purpose: "exchange")
    let entries = try vault.custodian.audit().suffix(2)
    #expect(entries.map(\.action) == ["credential.open", "secret.open"])
    #expect(entries.map(\.actor) == ["access-key/abc", "refresh"])
    #expect(entries.map(\.subject) == ["integration/\(id.text)", name])
    #expect(entries.map(\.workspace) == [vault.first.workspace, vault.first.workspace])
    #expect(entries.map(\.detail) == [#"{"purpose":"fetch","version":"1"}"#, #"{"purpose":"exchange"}"#])
  }

  @Test("the entry comes before the value: it stands there even when the value then does not open")
  func recordedFirst() async throws {
    let vault = try await TestVault.make()
    let head = try vault.custodian.view {
      try $0.integration(vault.first.integrations[1], workspace: vault.first.workspace)
    }
    // Sealed for version 9, committed by ourselves as version 2: every MAC holds, only the value is out of place.
    let misplaced = try vault.custodian.seal(vault.custodian.fields("x"), integration: head, version: 9)
    try await vault.custodian.change(.test) { try $0.commit(misplaced, to: head) }
    await #expect(throws: CustodyError.integrity(table: "credentials", key: "\(head.integration.text)/2")) {
      _ = try await vault.secret(of: head.integration, in: vault.first)
    }
    #expect(try vault.custodian.audit().last?.action == "credential.open")
    #expect(try await vault.secret(of: head.integration, in: vault.first, version: 1) == "secret-1-1-1")
  }

  @Test("an opening is spent on what was recorded, on nothing else")
  func spent() async throws {
    let vault = try await TestVault.make()
    let (custodian, first, second) = (vault.custodian, vault.first, vault.second)
    let (credentials, secrets) = try custodian.view { view in
      (
        [
          try #require(try view.row(CredentialRow.self, .uuid(first.integrations[1]), .integer(1))),
          try #require(try view.row(CredentialRow.self, .uuid(first.integrations[0]), .integer(1))),
          try #require(try view.row(CredentialRow.self, .uuid(first.integrations[0]), .integer(2))),
        ],
        [
          try #require(
            try view.row(SealedSecretRow.self, .uuid(first.workspace), .text("attempt/x/pkce"), .integer(1))),
          try #require(
            try view.row(
              SealedSecretRow.self, .uuid(first.workspace), .text("connector/\(first.connector.text)/client_secret"),
              .integer(1))),
          try #require(
            try view.row(SealedSecretRow.self, .uuid(second.workspace), .text("attempt/x/pkce"), .integer(1))),
        ]
      )
    }
    for (index, row) in credentials.enumerated() {
      let opens = (try? custodian.open(row, spending: RecordedOpening(credentials[0].place))) != nil
      #expect(opens == (index == 0))
      let opensWithOther = (try? custodian.open(row, spending: RecordedOpening(secrets[0].place))) != nil
      #expect(!opensWithOther)
    }
    for (index, row) in secrets.enumerated() {
      let opens = (try? custodian.open(row, spending: RecordedOpening(secrets[0].place))) != nil
      #expect(opens == (index == 0))
      let opensWithOther = (try? custodian.open(row, spending: RecordedOpening(credentials[0].place))) != nil
      #expect(!opensWithOther)
    }
  }

  @Test("the proof of an opening comes with the commit, once; a change that is rolled back makes none")
  func once() async throws {
    let vault = try await TestVault.make()
    let row = try #require(
      try vault.custodian.view { try $0.row(CredentialRow.self, .uuid(vault.first.integrations[0]), .integer(1)) })
    let kept = try await vault.custodian.amend { change in
      let opening = try change.recordOpening(of: row, by: .library, purpose: "p")
      #expect(!Self.isRecorded(opening), "not before the commit")
      return opening
    }
    #expect(Self.isRecorded(kept))
    #expect(!Self.isRecorded(kept), "it is spent")
    let lost = Mutex<PendingOpening?>(nil)
    await #expect(throws: Stop.self) {
      try await vault.custodian.amend { change in
        let opening = try change.recordOpening(of: row, by: .library, purpose: "p")
        lost.withLock { $0 = opening }
        throw Stop()
      }
    }
    let opening = try #require(lost.withLock { $0 })
    #expect(!Self.isRecorded(opening))
  }

  private static func isRecorded(_ opening: PendingOpening) -> Bool { (try? opening.recorded()) != nil }

  @Test("a change that throws leaves neither row nor entry; one that commits leaves both")
  func change() async throws {
    let vault = try await TestVault.make()
    let row = vault.first.certificateRow("new", at: Instant(milliseconds: 1))
    let before = try vault.custodian.audit().count
    await #expect(throws: Stop.self) {
      try await vault.custodian.change(.test) { change in
        try change.insert(row)
        try change.record(.test)
        throw Stop()
      }
    }
    await #expect(throws: StorageError.conflict(table: "certificates")) {
      try await vault.custodian.change(.test) { change in
        try change.insert(row)
        try change.insert(row)
      }
    }
    #expect(try vault.custodian.audit().count == before)
    #expect(try vault.custodian.proveAll(CertificateRow.self) == 4)
    try await vault.custodian.change(.test) { try $0.insert(row) }
    #expect(try vault.custodian.audit().count == before + 1)
    #expect(try vault.custodian.audit().last?.action == "test.change")
    #expect(try vault.custodian.proveAll(CertificateRow.self) == 5)
  }

  @Test("no secret stands in the clear in any file, nor in the log")
  func noPlaintext() async throws {
    let vault = try await TestVault.make()
    _ = try await vault.secret(of: vault.first.integrations[0], in: vault.first)
    let log = try vault.custodian.audit().map { "\($0)" }.joined()
    #expect(!log.contains("secret-1"))
    func holders(of text: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: vault.folder.path).filter { name in
        try Data(contentsOf: URL(filePath: "\(vault.folder.path)/\(name)")).range(of: Data(text.utf8)) != nil
      }
    }
    #expect(try holders(of: "secret-1-0-2") == [])
    #expect(try holders(of: "client_secret") != [], "names are in the clear: the search finds what is there")
  }

  @Test("a workspace is made once")
  func workspaceTwice() async throws {
    let vault = try await TestVault.make()
    await #expect(throws: CustodyError.self) {
      try await vault.custodian.createWorkspace(id: vault.first.workspace, name: "again", origins: [], by: .commandLine)
    }
    #expect(try vault.custodian.view { try $0.workspace(vault.first.workspace) }.name == "w1")
    #expect(try await vault.custodian.verify().isSound)
  }

  @Test("fingerprints tell tokens apart, within one vault")
  func fingerprints() async throws {
    let (vault, other) = (try await TestVault.empty(), try await TestVault.empty())
    func fingerprint(_ text: String, _ vault: TestVault) -> [UInt8] {
      vault.custodian.fingerprint(Secret(copying: Array(text.utf8)))
    }
    #expect(fingerprint("a", vault) == fingerprint("a", vault))
    #expect(fingerprint("a", vault) != fingerprint("b", vault))
    #expect(fingerprint("a", vault) != fingerprint("a", other))
    let reopened = try await vault.reopened().fingerprint(Secret(copying: Array("a".utf8)))
    #expect(reopened == fingerprint("a", vault))
  }
}
