import ArgumentParser
import Foundation

/// `table` for people, `json` for programs.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

/// What can stand in a field: text, or a number, which JSON keeps as one.
protocol Cell: Encodable, CustomStringConvertible {}
extension String: Cell {}
extension Int: Cell {}
extension Int64: Cell {}
extension UInt32: Cell {}

struct OutputOptions: ParsableArguments {
  @Option(help: "table or json.")
  var format = OutputFormat.table

  /// Prints rows: as aligned columns, or as a JSON array of objects.
  func print(_ columns: [String], _ rows: [[(any Cell)?]]) throws {
    switch format {
    case .json: try Output.line(Self.json(rows.map { Record(columns, $0) }))
    case .table: try Output.lines(Self.table([columns] + rows.map { $0.map { $0?.description ?? "-" } }))
    }
  }

  /// Prints one thing: a line per field, or one JSON object. What is missing is left out.
  func print(_ fields: KeyValuePairs<String, (any Cell)?>) throws {
    switch format {
    case .json: try Output.line(Self.json(Record(fields.map(\.key), fields.map(\.value))))
    case .table:
      let width = fields.map(\.key.count).max() ?? 0
      try Output.lines(
        fields.compactMap { name, value in
          value.map { name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.description }
        })
    }
  }

  /// Names in `snake_case`, in the order of the alphabet.
  static func json(_ value: some Encodable, onOneLine: Bool = false) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    guard let data = try? encoder.encode(value) else { preconditionFailure("only plain values are printed here") }
    return String(decoding: data, as: UTF8.self)
  }

  private static func table(_ lines: [[String]]) -> [String] {
    let widths = lines[0].indices.map { index in lines.map(\.[index].count).max() ?? 0 }
    return lines.map { line in
      let cells = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      return cells.joined(separator: "  ").replacing(#/ +$/#, with: "")
    }
  }
}

/// A row as a JSON object, without the cells that are empty.
private struct Record: Encodable {
  private let cells: [String: any Cell]

  init(_ columns: [String], _ values: [(any Cell)?]) {
    cells = Dictionary(zip(columns, values).compactMap { name, value in value.map { (name, $0) } }) { $1 }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, cell) in cells { try container.encode(cell, forKey: Name(stringValue: name)) }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
