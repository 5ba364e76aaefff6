import Foundation
import Glibc

/// Who holds a claim: enough to tell, on the same machine, that a process is gone and its claim with it.
///
/// `pid:start time:pid namespace:random`. A process of another namespace cannot be looked at: its claim lasts its time.
package struct ProcessIdentity: Sendable, Equatable {
  package let text: String

  package static func current() -> ProcessIdentity {
    let start = startTime(of: getpid()) ?? "0"
    return ProcessIdentity(text: "\(getpid()):\(start):\(namespace ?? "?"):\(UUID().uuidString.prefix(8))")
  }

  package init(text: String) { self.text = text }

  /// Whether the process certainly no longer runs.
  package var isGone: Bool {
    let parts = text.split(separator: ":")
    guard parts.count == 4, let pid = Int32(parts[0]), let namespace = Self.namespace, namespace == parts[2] else {
      return false
    }
    // Where /proc is hidden, the kernel still tells whether there is such a process.
    return Self.startTime(of: pid).map { $0 != parts[1] } ?? (kill(pid, 0) != 0 && errno == ESRCH)
  }

  /// Field 22 of `/proc/PID/stat` (proc(5)); the name in field 2 may hold spaces, so counting starts behind it. Nobody's
  /// for a zombie, which runs no more although the kernel knows it until somebody reaps it.
  private static func startTime(of pid: Int32) -> String? {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let afterName = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[stat.index(after: afterName)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    return fields[0] == "Z" ? "" : String(fields[19])
  }

  /// The inode in `pid:[4026531836]`.
  private static let namespace: String? =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid"))
    .map { $0.filter(\.isNumber) }
}
