import Foundation
import Sealing
import Storage

/// An exported log, read line by line: it may be long.
package struct ExportedAudit: AuditSource {
  let vault: String
  let keys: [AuditKeyRow]
  let horizon: AuditHead?
  private let entries: ArraySlice<Data>

  /// - Throws: `refused` for a file that is no export.
  package init(_ file: Data) throws(CustodyError) {
    var lines = file.split(separator: UInt8(ascii: "\n"))[...]
    guard case .vault(let header)? = lines.popFirst().flatMap(AuditExport.Line.init) else {
      throw .refused("this is no exported audit log: it does not begin with the vault that it is of")
    }
    horizon = header.horizon.flatMap(AuditHead.init)
    guard horizon?.text == header.horizon else { throw Self.noLine(1) }
    var keys: [AuditKeyRow] = []
    while case .key(let key)? = lines.first.flatMap(AuditExport.Line.init) {
      guard AuditExport.Line.Key(key.row) == key else { throw Self.noLine(lines.startIndex + 1) }
      keys.append(key.row)
      lines.removeFirst()
    }
    (vault, self.keys, entries) = (header.vault, keys, lines)
  }

  /// - Throws: `refused` at a line that is none.
  func forEach(_ body: (AuditRow, [AuditChangeRow]) throws -> Void) throws {
    for (index, line) in zip(entries.indices, entries) {
      guard case .entry(let entry)? = AuditExport.Line(line) else { throw Self.noLine(index + 1) }
      let (row, changes) = (entry.row, entry.changeRows)
      // What no column can hold was not exported: it would be shown, and not be proven.
      guard AuditExport.Line.Entry(row, changes) == entry else { throw Self.noLine(index + 1) }
      try body(row, changes)
    }
  }

  /// - Parameter firstKey: as `init` printed it. What the file itself says about it proves nothing.
  package func verify(firstKey: VerifyingKey, expecting heads: [AuditHead] = []) throws -> AuditReport {
    try AuditReport(of: self, firstKey: firstKey, expecting: heads)
  }

  private static func noLine(_ number: Int) -> CustodyError {
    .refused("line \(number) is no line of an exported audit log")
  }
}

extension AuditExport.Line {
  fileprivate init?(_ line: Data) {
    guard let line = CanonicalJSON.value(Self.self, from: String(decoding: line, as: UTF8.self)) else { return nil }
    self = line
  }
}
