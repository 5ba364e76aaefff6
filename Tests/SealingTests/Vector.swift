import Foundation
import Testing

@testable import Sealing

/// Bytes that stand as hex in a vector.
struct HexBytes: Decodable, Equatable {
  let bytes: [UInt8]

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    bytes = try #require(Hex.decode(text))
  }
}

/// A file in `Vectors/`: made by `Tests/Interop/make_vectors.py`, which knows the format from its document alone. The
/// files never change.
enum Vector {
  static func load<V: Decodable>(_ name: String, as _: V.Type = V.self) throws -> V {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(V.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
  }
}

struct ValueVector: Decodable {
  struct Generation: Decodable {
    let number: UInt32
    let publicKey, secretKey, rowMacKey, wrapped: HexBytes
  }
  struct Place: Decodable {
    let vault, workspace, customer, integration, name: String
    let version: UInt64

    var context: Context {
      Context(
        vault: vault, workspace: workspace, customer: customer, integration: integration, name: name, version: version)
    }
  }
  let rootKey, contextHash, header, payload, plaintext: HexBytes
  let generation: Generation
  let context: Place

  func unwrapped() throws -> KeyGeneration {
    try KeyGeneration.unwrap(
      generation.wrapped.bytes, number: generation.number, publicKey: generation.publicKey.bytes,
      under: RootKey(Secret(copying: rootKey.bytes)), vault: context.vault, workspace: context.workspace)
  }

  var sealed: SealedValue {
    SealedValue(generation: generation.number, header: header.bytes, payload: payload.bytes)
  }
}

struct RowVector: Decodable {
  struct Column: Decodable {
    let type: String
    let value: String?

    func columnValue() throws -> ColumnValue {
      if type == "null" { return .null }
      let text = try #require(value)
      switch type {
      case "integer": return .integer(try #require(Int64(text)))
      case "text": return .text(text)
      default: return .blob(try #require(Hex.decode(text)))
      }
    }
  }
  struct Row: Decodable {
    let layout: UInt8
    let table: String
    let columns: [Column]
    let mac: HexBytes
  }
  let key: HexBytes
  let rows: [Row]
}
