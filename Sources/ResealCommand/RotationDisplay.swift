import Custody
import Foundation
import Synchronization

/// Shows a rotation while it runs: a bar on a terminal, else a line a second, or JSON lines for programs.
final class RotationDisplay: Sendable {
  private enum Form { case bar, lines, json }

  private let form: Form
  private let shownAt = Mutex<ContinuousClock.Instant?>(nil)

  init(_ format: OutputFormat) {
    form = format == .json ? .json : isatty(STDOUT_FILENO) == 1 ? .bar : .lines
  }

  /// A rotation does not end because nobody sees it.
  func show(_ progress: RotationProgress) { if isTime() { try? put(progress) } }

  func finish(_ progress: RotationProgress) throws {
    try put(progress)
    if form == .bar { try Output.line() }
  }

  private func put(_ progress: RotationProgress) throws {
    switch form {
    case .bar: try Output.write("\r\(Self.bar(progress))\u{1B}[K")
    case .lines: try Output.line(Self.line(progress))
    case .json: try Output.line(RotationRecord(progress).line)
    }
  }

  /// A bar moves ten times a second, everything else once.
  private func isTime() -> Bool {
    let (now, pause) = (ContinuousClock.now, form == .bar ? Duration.milliseconds(100) : .seconds(1))
    return shownAt.withLock { shownAt in
      if let last = shownAt, now - last < pause { return false }
      shownAt = now
      return true
    }
  }

  private static func bar(_ progress: RotationProgress) -> String {
    let (done, left) = (Double(progress.done), Double(progress.left))
    let filled = progress.state == .verified ? 30 : Int(min(max(30 * done / max(done + left, 1), 0), 30))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
    return "\(progress.from) → \(progress.to) \(bar) \(counts(progress))"
  }

  private static func line(_ progress: RotationProgress) -> String {
    "generation \(progress.from) → \(progress.to): \(counts(progress))"
  }

  private static func counts(_ progress: RotationProgress) -> String {
    var parts = ["\(progress.done) rows moved", "\(progress.left) left"]
    if let rate = progress.rate { parts.append("\(Int(rate)) rows/s") }
    if let seconds = progress.secondsLeft { parts.append("\(Int(seconds.rounded(.up))) s to go") }
    if progress.quarantined > 0 { parts.append("\(progress.quarantined) in quarantine") }
    parts.append(progress.isPaused ? "paused" : progress.state.rawValue)
    return parts.joined(separator: ", ")
  }
}

/// A rotation as programs read it.
struct RotationRecord: Encodable {
  let from: UInt32
  let to: UInt32
  let state: String
  let paused: Bool
  let rowsMoved: Int
  let rowsLeft: Int
  let quarantined: Int
  let rowsPerSecond: Double?
  let secondsLeft: Double?

  init(_ progress: RotationProgress) {
    (from, to, state, paused) = (progress.from, progress.to, progress.state.rawValue, progress.isPaused)
    (rowsMoved, rowsLeft, quarantined) = (progress.done, progress.left, progress.quarantined)
    (rowsPerSecond, secondsLeft) = (progress.rate, progress.secondsLeft)
  }

  var line: String { OutputOptions.json(self, onOneLine: true) }
}
