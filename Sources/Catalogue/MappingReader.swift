internal import Yams

/// Collects problems, so that one run shows all of them.
final class ProblemLog {
  let file: String
  private(set) var problems: [CatalogueProblem] = []

  init(file: String) { self.file = file }

  func add(_ message: String, line: Int?, path: String) {
    problems.append(CatalogueProblem(file: file, line: line, path: path, message: message))
  }
}

/// Reads one mapping of a file by its known keys. Every read that fails leaves a problem and returns a stand-in, so
/// reading goes on; the caller throws the result away if there was any problem.
struct MappingReader {
  let path: String
  let line: Int?
  private let values: [String: Node]
  private let log: ProblemLog

  /// Reports every key that is not in `known`.
  init(_ node: Node, path: String, known: [String], log: ProblemLog) {
    self.path = path
    self.log = log
    line = node.mark?.line
    var values: [String: Node] = [:]
    if case .mapping(let mapping) = node {
      for (key, value) in mapping {
        let name = key.string ?? "?"
        values[name] = value
        if !known.contains(name) {
          let hint =
            NearestWord.to(name, among: known).map { ", did you mean \"\($0)\"?" }
            ?? "; known here: \(known.joined(separator: ", "))"
          log.add("unknown key \"\(name)\"\(hint)", line: key.mark?.line, path: path)
        }
      }
    } else {
      log.add("must be a mapping", line: line, path: path)
    }
    self.values = values
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  func complain(_ message: String, at key: String? = nil) {
    log.add(message, line: key.flatMap { values[$0]?.mark?.line } ?? line, path: key.map(join) ?? path)
  }

  func text(_ key: String) -> String? {
    guard let node = values[key] else { return nil }
    guard case .scalar(let scalar) = node, node.null == nil || scalar.style != .any else {
      complain("must be a text", at: key)
      return nil
    }
    return scalar.string
  }

  func requiredText(_ key: String) -> String {
    guard let text = text(key) else {
      if !has(key) { complain("is missing", at: key) }
      return ""
    }
    if text.isEmpty { complain("must not be empty", at: key) }
    return text
  }

  func flag(_ key: String) -> Bool {
    guard let node = values[key] else { return false }
    guard let flag = node.bool else {
      complain("must be true or false", at: key)
      return false
    }
    return flag
  }

  func seconds(_ key: String) -> Int? {
    guard let node = values[key] else { return nil }
    guard let number = node.int, number > 0 else {
      complain("must be a whole number of seconds above 0", at: key)
      return nil
    }
    return number
  }

  /// Requests per second; one in several seconds is a fraction.
  func rate(_ key: String) -> Double? {
    guard let node = values[key] else { return nil }
    guard let rate = node.float, (0.001...100_000).contains(rate) else {
      complain("must be a number of requests per second, from 0.001 to 100000", at: key)
      return nil
    }
    return rate
  }

  /// One of a closed list of words.
  func word<W: RawRepresentable & CaseIterable>(_ key: String, _: W.Type = W.self) -> W? where W.RawValue == String {
    guard has(key) else { return nil }
    let text = text(key) ?? ""
    guard let word = W(rawValue: text) else {
      complain("must be one of \(W.allCases.map(\.rawValue).joined(separator: ", "))", at: key)
      return nil
    }
    return word
  }

  func pointer(_ key: String) -> JSONPointer? {
    guard let text = text(key) else { return nil }
    guard let pointer = JSONPointer(text: text) else {
      complain("must be a JSON pointer, as in /access_token (RFC 6901)", at: key)
      return nil
    }
    return pointer
  }

  func pattern(_ key: String) -> ValuePattern? {
    guard let text = text(key) else { return nil }
    guard let pattern = ValuePattern(text) else {
      complain("is no regular expression", at: key)
      return nil
    }
    return pattern
  }

  func mapping(_ key: String, known: [String]) -> MappingReader? {
    values[key].map { MappingReader($0, path: join(key), known: known, log: log) }
  }

  /// A mapping of names of the author's choice to texts.
  func texts(_ key: String) -> [String: String] {
    guard let node = values[key] else { return [:] }
    guard case .mapping(let mapping) = node else {
      complain("must be a mapping", at: key)
      return [:]
    }
    let reader = MappingReader(node, path: join(key), known: mapping.keys.compactMap(\.string), log: log)
    return Dictionary(mapping.keys.compactMap(\.string).compactMap { name in reader.text(name).map { (name, $0) } }) {
      $1
    }
  }

  func list(_ key: String) -> [String] {
    elements(key).enumerated().compactMap { index, node in
      guard case .scalar(let scalar) = node else {
        log.add("must be a text", line: node.mark?.line, path: "\(join(key))[\(index)]")
        return nil
      }
      return scalar.string
    }
  }

  func mappings(_ key: String, known: [String]) -> [MappingReader] {
    elements(key).enumerated().map { MappingReader($1, path: "\(join(key))[\($0)]", known: known, log: log) }
  }

  private func elements(_ key: String) -> [Node] {
    guard let node = values[key] else { return [] }
    guard case .sequence(let sequence) = node else {
      complain("must be a list", at: key)
      return []
    }
    return Array(sequence)
  }

  private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
