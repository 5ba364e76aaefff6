import Foundation
import Sealing
import Storage
import Testing

@testable import Custody

/// The vector that `Tests/Interop/make_vectors.py` made from the format's document alone.
@Suite("the vector of an audit log")
struct AuditVectorTests {
  private struct Vector: Decodable {
    let firstKey, head, digest: String
    let export: [String]
  }

  private let vector: Vector

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../SealingTests/Vectors/audit-log.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    vector = try decoder.decode(Vector.self, from: Data(contentsOf: file))
  }

  @Test("is followed to its head: hashes, signatures, the second key's endorsement")
  func followed() throws {
    let key = try AuditPublicKey.read(vector.firstKey)
    let head = try #require(AuditHead(vector.head))
    let report = try ExportedAudit(Data(vector.export.joined(separator: "\n").utf8)).verify(firstKey: key, expecting: [head])
    #expect(report.isSound && report.entries == 6 && report.keys == 2)
    #expect(report.head == vector.head)
  }

  @Test("has the digest that a row of a workspace has")
  func digest() throws {
    let workspace = try #require(UUID(uuidString: "5ea1f00d-0000-4000-8000-0000000000aa"))
    let columns: [ColumnValue] = [
      .uuid(workspace), .text("w\u{FC}"), .text("[]"), .text("{}"), .integer(1_760_000_000_000),
    ]
    #expect(Hex.encode(RowDigest.make(table: WorkspaceRow.table, columns: columns)) == vector.digest)
  }
}
