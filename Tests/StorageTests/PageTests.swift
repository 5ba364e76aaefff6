import Foundation
import Testing

@testable import Storage

@Suite("pages")
struct PageTests {
  private let folder: Folder
  private let samples = Samples()
  private let store: Store

  /// Eleven certificates.
  init() async throws {
    folder = try Folder()
    store = try await samples.store(in: folder)
    let samples = samples
    try await store.write(.normal) { tx in
      for number in 0..<10 { try tx.insert(samples.certificateRow(kid: "kid-\(number)")) }
    }
  }

  private func walk(limit: Int) throws -> (kids: [String], malformed: [String], pages: Int) {
    var (kids, malformed, pages): ([String], [String], Int) = ([], [], 0)
    var cursor: Int64? = Page<CertificateRow>.start
    while let first = cursor {
      let page = try store.read { tx in
        try tx.page(CertificateRow.self, workspace: samples.workspace, from: first, limit: limit)
      }
      kids += page.rows.map(\.kid)
      malformed += page.malformed
      pages += 1
      cursor = page.next
    }
    return (kids, malformed, pages)
  }

  @Test("pages of any size hold every row once", arguments: [(1, 12), (2, 6), (3, 4), (10, 2), (11, 2), (12, 1), (100, 1)])
  func complete(limit: Int, pages: Int) throws {
    let walked = try walk(limit: limit)
    #expect(walked.kids.count == 11)
    #expect(Set(walked.kids).count == 11)
    #expect(walked.pages == pages)
  }

  @Test("a row that cannot be read is named, and stops nothing", arguments: [1, 3, 100])
  func malformed(limit: Int) throws {
    try folder.attack("UPDATE certificates SET state = 'x' WHERE kid IN ('kid-0', 'kid-5', 'kid-9')")
    let walked = try walk(limit: limit)
    #expect(walked.kids.count == 8)
    #expect(walked.malformed == ["kid-0", "kid-5", "kid-9"].map { "\(samples.workspace.text)/\($0)" })
  }

  @Test("rows that somebody gave other numbers than the engine's are on a page, too", arguments: [1, 4, 100])
  func renumbered(limit: Int) throws {
    try folder.attack(
      """
      UPDATE certificates SET rowid = -rowid;
      UPDATE certificates SET rowid = -9223372036854775808 WHERE kid = 'kid-3';
      UPDATE certificates SET rowid = 9223372036854775807 WHERE kid = 'kid-4'
      """)
    #expect(Set(try walk(limit: limit).kids).count == 11)
  }

  @Test("another workspace's rows are on no page of this one")
  func scoped() throws {
    let page = try store.read { try $0.page(CertificateRow.self, workspace: UUID(), from: 0, limit: 100) }
    #expect(page.rows.isEmpty)
    #expect(page.next == nil)
  }
}
