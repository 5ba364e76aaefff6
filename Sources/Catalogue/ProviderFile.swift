internal import Foundation
internal import Yams

/// One provider's YAML file.
package enum ProviderFile {
  static let longest = 65_536

  /// All that is wrong with a file; empty if it can be loaded. For `reseal provider check FILE`.
  package static func check(_ path: String) -> [CatalogueProblem] {
    switch load(path) {
    case .success: []
    case .failure(.invalid(let problems)): problems
    case .failure(.unreadable): [CatalogueProblem(file: path, line: nil, path: "", message: "cannot be read")]
    }
  }

  static func load(_ path: String) -> Result<Provider, CatalogueError> {
    guard let data = FileManager.default.contents(atPath: path) else { return .failure(.unreadable(path: path)) }
    guard data.count <= longest, let text = String(data: data, encoding: .utf8) else {
      let message = "must be UTF-8 of at most \(longest) bytes"
      return .failure(.invalid([CatalogueProblem(file: path, line: nil, path: "", message: message)]))
    }
    return parse(text, file: path)
  }

  /// `file` is the name that problems are reported under.
  package static func parse(_ text: String, file: String) -> Result<Provider, CatalogueError> {
    let log = ProblemLog(file: file)
    var provider: Provider?
    do {
      if let node = try Parser(yaml: text).singleRoot() {
        provider = ProviderReader(node, log: log).provider()
      } else {
        log.add("is empty", line: nil, path: "")
      }
    } catch {
      let (message, line) = explain(error)
      log.add(message, line: line, path: "")
    }
    guard let provider, log.problems.isEmpty else { return .failure(.invalid(log.problems)) }
    return .success(provider)
  }

  private static func explain(_ error: any Error) -> (String, Int?) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      ("is no YAML: \(problem)", mark.line)
    case .duplicatedKeysInMapping(let duplicates, let context):
      ("key given twice: \(duplicates.joined(separator: ", "))", context.mark.line)
    case .reader(let problem, _, _, _): ("is no YAML: \(problem)", nil)
    default: ("is no YAML", nil)
    }
  }
}
