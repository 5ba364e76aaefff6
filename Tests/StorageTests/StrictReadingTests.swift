import Foundation
import Testing

@testable import Storage

/// A MAC is made over what was read, so reading must not forgive: two contents of a column never read the same.
@Suite("strict reading")
struct StrictReadingTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store

  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
  }

  @Test(
    "what is not the one form of a value is malformed",
    arguments: [
      "customer = customer || char(0)", "customer = customer || char(0) || 'x'", "customer = CAST(x'63ff' AS TEXT)",
      "workspace = upper(workspace)", "workspace = workspace || ' '", "workspace = ''", "workspace = char(0)",
      "refreshable = 2", "refreshable = -1", "layout = 257", "layout = -1", "mac_generation = 4294967297",
      "mac_generation = -1", "generation = 4294967296", "version = -version", "version = version + (1 << 53)", "kind = 'API_KEY'", "kind = ''", "state = 'committed '",
    ])
  func malformed(change: String) throws {
    try folder.attack("UPDATE credentials SET \(change)")
    #expect(throws: StorageError.malformedRow(table: "credentials")) { try store.read { try $0.rows(CredentialRow.self) } }
  }

  @Test("text comes back byte for byte", arguments: ["", "ü", "u\u{308}", "\u{feff}x", "a\r\nb", "🙂", "'\"%"])
  func text(value: String) async throws {
    let row = samples.integrationRow(UUID(), customer: value)
    try await store.write(.normal) { try $0.insert(row) }
    let found = try store.read { try $0.row(IntegrationRow.self, .uuid(row.integration)) }
    #expect(found.map { Array($0.customer.utf8) } == Array(value.utf8))
  }

  @Test("text with a zero byte is not cut short: it is not stored, and matches nothing")
  func zeroByte() async throws {
    let row = samples.integrationRow(UUID(), customer: "c\0d")
    await #expect(throws: StorageError.malformedRow(table: "integrations")) {
      try await store.write(.normal) { try $0.insert(row) }
    }
    try store.read { (tx: ReadTransaction) throws in
      #expect(try tx.count(IntegrationRow.self, matching: ["customer": .text("c")]) == 1)
      #expect(try tx.count(IntegrationRow.self, matching: ["customer": .text("c\0d")]) == 0)
      #expect(try tx.rows(IntegrationRow.self, matching: ["customer": .text("c\0d")]).isEmpty)
      #expect(try tx.integrations(workspace: samples.workspace, customer: "c\0d", after: nil, limit: 9).isEmpty)
    }
  }
}
