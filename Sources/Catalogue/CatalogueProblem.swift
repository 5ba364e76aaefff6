/// One thing that is wrong with a provider file, in words for whoever wrote it.
package struct CatalogueProblem: Sendable, Equatable, CustomStringConvertible {
  package let file: String
  /// From 1; `nil` where the whole file is meant.
  package let line: Int?
  /// Keys from the top, joined by dots: `token.reply.access_token`. Empty for the file as a whole.
  package let path: String
  package let message: String

  package init(file: String, line: Int?, path: String, message: String) {
    self.file = file
    self.line = line
    self.path = path
    self.message = message
  }

  /// `FILE:LINE: PATH: MESSAGE`, which editors can jump to.
  package var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
  }
}

package enum CatalogueError: Error, Equatable, Sendable {
  /// A directory or file that cannot be listed or read.
  case unreadable(path: String)
  /// At least one file is wrong. Nothing was loaded.
  case invalid([CatalogueProblem])
}

/// The nearest word of a closed list, for "did you mean".
enum NearestWord {
  /// At most a third of the letters may differ, and at least one letter pair must not.
  static func to(_ word: String, among known: [String]) -> String? {
    let ranked = known.map { (word: $0, distance: distance(Array(word), Array($0))) }.min { $0.distance < $1.distance }
    guard let ranked, ranked.distance <= max(1, max(word.count, ranked.word.count) / 3) else { return nil }
    return ranked.word
  }

  /// Levenshtein's, by rows.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substitution = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
