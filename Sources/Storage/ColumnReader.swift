import Foundation
internal import GRDB
import Sealing

/// Hands out a row's columns in order, each as the type that the schema promises; anything else is a malformed row.
package struct ColumnReader {
  private let row: Row
  private let table: String
  private var index = 0

  init(_ row: Row, table: String) {
    self.row = row
    self.table = table
  }

  private mutating func next() throws -> DatabaseValue {
    guard index < row.count else { throw StorageError.malformedRow(table: table) }
    defer { index += 1 }
    return row[index] as DatabaseValue
  }

  private func required<T>(_ value: T?) throws -> T {
    guard let value else { throw StorageError.malformedRow(table: table) }
    return value
  }

  package mutating func optionalInteger() throws -> Int64? {
    switch try next().storage {
    case .null: nil
    case .int64(let value): value
    default: throw StorageError.malformedRow(table: table)
    }
  }

  /// Strict UTF-8 without U+0000. The engine's own text would end at the first zero byte and repair what is no UTF-8,
  /// so that a MAC over it would not see a change behind that.
  package mutating func optionalText() throws -> String? {
    switch try next().storage {
    case .null: return nil
    case .string:
      let bytes = try row.withUnsafeData(atIndex: index - 1) { [UInt8]($0 ?? Data()) }
      guard !bytes.contains(0) else { throw StorageError.malformedRow(table: table) }
      return try required(String(validating: bytes, as: UTF8.self))
    default: throw StorageError.malformedRow(table: table)
    }
  }

  package mutating func optionalBlob() throws -> [UInt8]? {
    switch try next().storage {
    case .null: nil
    case .blob(let value): [UInt8](value)
    default: throw StorageError.malformedRow(table: table)
    }
  }

  package mutating func integer() throws -> Int64 { try required(try optionalInteger()) }
  package mutating func text() throws -> String { try required(try optionalText()) }
  package mutating func blob() throws -> [UInt8] { try required(try optionalBlob()) }
  /// Only the one text form in use: a MAC is made over the text, and SQL compares it.
  package mutating func uuid() throws -> UUID {
    let text = try text()
    return try required(UUID(uuidString: text).flatMap { $0.text == text ? $0 : nil })
  }
  package mutating func optionalUUID() throws -> UUID? {
    try optionalText().map { text in try required(UUID(uuidString: text).flatMap { $0.text == text ? $0 : nil }) }
  }
  /// A number that counts up from 0. Nobody has counted to 2^53, so whoever adds to one does not run over.
  package mutating func number() throws -> Int64 {
    let value = try integer()
    return try required((0..<1 << 53).contains(value) ? value : nil)
  }
  package mutating func instant() throws -> Instant { Instant(milliseconds: try integer()) }
  package mutating func optionalInstant() throws -> Instant? {
    try optionalInteger().map(Instant.init(milliseconds:))
  }
  package mutating func word<W: RawRepresentable<String>>(_: W.Type = W.self) throws -> W {
    try required(W(rawValue: try text()))
  }
  package mutating func flag() throws -> Bool {
    let value = try integer()
    return try required(value == 0 || value == 1 ? value == 1 : nil)
  }
  package mutating func layout() throws -> UInt8 { try required(UInt8(exactly: try integer())) }
  package mutating func generation() throws -> UInt32 { try required(UInt32(exactly: try integer())) }
  package mutating func optionalGeneration() throws -> UInt32? {
    try optionalInteger().map { try required(UInt32(exactly: $0)) }
  }

  /// The three columns of a sealed value: `generation`, `header`, `payload`.
  package mutating func sealedValue() throws -> SealedValue {
    SealedValue(generation: try generation(), header: try blob(), payload: try blob())
  }

  package mutating func seal() throws -> RowSeal { try RowSeal(reading: &self) }
}
