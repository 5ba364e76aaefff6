import Foundation
import Sealing
import Testing

@testable import Storage

@Suite("what a rotation asks of its tables")
struct RotationVerbTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store

  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
  }

  @Test("stragglers are rows whose MAC or value is under another generation")
  func stragglers() throws {
    func count(besides generation: UInt32) throws -> [Int] {
      try store.read { tx in
        [
          try tx.stragglers(CertificateRow.self, workspace: samples.workspace, besides: generation),
          try tx.stragglers(CredentialRow.self, workspace: samples.workspace, besides: generation),
        ]
      }
    }
    #expect(try count(besides: 1) == [0, 0])
    #expect(try count(besides: 2) == [1, 1])
    #expect(try count(besides: 0) == [1, 1])
    try folder.attack("UPDATE credentials SET mac_generation = 2; UPDATE certificates SET mac_generation = 2")
    #expect(try count(besides: 2) == [0, 1])
    #expect(try count(besides: 1) == [1, 1])
  }

  @Test("keys name the rows that use a generation, for MAC or value, and no more than asked for")
  func keys() throws {
    try folder.attack("UPDATE credentials SET mac_generation = 2")
    func keys<R: TenantRow>(_: R.Type, under generation: UInt32, limit: Int = 9) throws -> [String] {
      try store.read { try $0.keys(R.self, workspace: samples.workspace, under: generation, limit: limit) }
    }
    let name = "\(samples.integration.text)/3"
    #expect(try keys(CredentialRow.self, under: 1) == [name])
    #expect(try keys(CredentialRow.self, under: 2) == [name])
    #expect(try keys(CredentialRow.self, under: 3) == [])
    #expect(try keys(CredentialRow.self, under: 1, limit: 0) == [])
    #expect(try keys(CertificateRow.self, under: 2) == [])
  }

  @Test("the oldest generation in use counts values and MACs")
  func oldest() throws {
    func oldest(in workspace: UUID) throws -> UInt32? {
      try store.read { try $0.oldestGeneration(CredentialRow.self, workspace: workspace) }
    }
    #expect(try oldest(in: samples.workspace) == 1)
    try folder.attack("UPDATE credentials SET mac_generation = 3, generation = 2")
    #expect(try oldest(in: samples.workspace) == 2)
    #expect(try oldest(in: UUID()) == nil)
  }

  @Test("a row is put under another generation only while it has the MAC that was read; its payload stays")
  func rekey() async throws {
    let before = try #require(try store.read { try $0.row(CredentialRow.self, .uuid(samples.integration), .integer(3)) })
    var next = before
    next.sealed = SealedValue(generation: 2, header: [42], payload: [43])
    next.seal = RowSeal(layout: 1, generation: 2, mac: [44])
    let row = next
    let isWritten = try await store.write(.normal) { try $0.rekey(row, from: [0]) }
    #expect(!isWritten)
    #expect(try store.read { try $0.rows(CredentialRow.self) }.map(\.seal) == [before.seal])
    #expect(try await store.write(.normal) { try $0.rekey(row, from: before.seal.mac) })
    let after = try #require(try store.read { try $0.rows(CredentialRow.self) }.first)
    #expect(after.seal == row.seal)
    #expect(after.sealed == SealedValue(generation: 2, header: [42], payload: before.sealed.payload))
  }
}
