import ArgumentParser
import Foundation

/// `table` for people, `json` for programs.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

struct OutputOptions: ParsableArguments {
  @Option(help: "table or json.")
  var format = OutputFormat.table

  /// Prints rows: as aligned columns, or as a JSON array of objects.
  func print(_ columns: [String], _ rows: [[String?]]) {
    switch format {
    case .json: Swift.print(Self.json(rows.map { Self.object(columns, $0) }))
    case .table: Self.printTable(columns, rows)
    }
  }

  /// Prints one thing: a line per field, or one JSON object.
  func print(_ fields: KeyValuePairs<String, String?>) {
    switch format {
    case .json: Swift.print(Self.json(Self.object(fields.map(\.key), fields.map(\.value))))
    case .table:
      let width = fields.map(\.key.count).max() ?? 0
      for (name, value) in fields where value != nil {
        Swift.print(name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + (value ?? ""))
      }
    }
  }

  static func json(
    _ value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys, onOneLine: Bool = false
  ) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = keys
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    guard let data = try? encoder.encode(value) else { preconditionFailure("only plain values are printed here") }
    return String(decoding: data, as: UTF8.self)
  }

  /// Numbers are numbers in JSON, and what is missing is left out.
  private static func object(_ columns: [String], _ values: [String?]) -> [String: Cell] {
    Dictionary(
      zip(columns, values).compactMap { name, value in
        value.map { (name, numbers.contains(name) ? Int64($0).map(Cell.number) ?? .text($0) : .text($0)) }
      }
    ) { $1 }
  }

  /// The columns that are numbers, whatever stands in the others.
  private static let numbers: Set = [
    "version", "grant", "generation", "sequence", "refreshed", "postponed",
    "need_human", "pruned", "bytes", "rows", "access_keys_disabled", "certificates_disabled", "attempts_ended",
    "refresh_attempts_ended", "keep_versions", "keep_days", "integrations", "need_reauthorization", "incarnation",
    "audit_sequence", "tainted_through", "epoch", "rewrapped", "tainted",
  ]

  private enum Cell: Encodable {
    case text(String)
    case number(Int64)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      }
    }
  }

  private static func printTable(_ columns: [String], _ rows: [[String?]]) {
    let lines = [columns] + rows.map { $0.map { $0 ?? "-" } }
    let widths = columns.indices.map { index in lines.map(\.[index].count).max() ?? 0 }
    for line in lines {
      let cells = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      Swift.print(cells.joined(separator: "  ").replacing(#/ +$/#, with: ""))
    }
  }
}
