import Foundation
import Glibc
import Reseal

/// A process of its own that refreshes what is due once, and dies or stops where it is told.
struct Child {
  private(set) var pid: pid_t = 0
  private let output: Int32

  /// - Parameter plan: `kill:POINT:OCCURRENCE`, `stop:…`, `alone`, or nothing. What is to be stopped
  ///   does one thing at a time: a process that is stopped inside of a transaction has all others wait for it.
  init(_ stage: Stage, _ plan: String) {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    let words = ["/proc/self/exe", "child", stage.database, stage.key, stage.folder + "/providers", stage.clock.path, plan]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let program = CommandLine.arguments[0]
    precondition(posix_spawnp(&pid, program, &actions, nil, &arguments, environ) == 0, "no child")
    for argument in arguments { free(argument) }
    posix_spawn_file_actions_destroy(&actions)
    close(ends[1])
    output = ends[0]
  }

  /// Waits until it has opened the vault, or is gone.
  func becomeReady() {
    var byte: UInt8 = 0
    _ = read(output, &byte, 1)
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Waits until it has ended, or, if asked, stopped; kills it after half a minute.
  /// - Returns: whether it was ended by a kill of ours or in peace; `nil` for stopped.
  func wait(untilStopped: Bool = false) -> Bool? {
    var status: Int32 = 0
    for _ in 0..<30_000 {
      let answer = waitpid(pid, &status, WNOHANG | (untilStopped ? WUNTRACED : 0))
      if answer == pid {
        if status & 0xFF == 0x7F { return nil }
        close(output)
        return status & 0x7F == SIGKILL || status == 0
      }
      usleep(1000)
    }
    signal(SIGKILL)
    waitpid(pid, &status, 0)
    close(output)
    return false
  }

  /// What the process itself does.
  static func main(_ arguments: [String]) async throws {
    let strike = Strike()
    let engine = try await Stage.open(arguments[0], arguments[1], arguments[2], SharedClock(arguments[3]), strike)
    let plan = arguments[4].split(separator: ":").map(String.init)
    if plan.count == 3, let deed = Strike.Deed(rawValue: plan[0]), let occurrence = Int(plan[2]) {
      strike.arm([.init(deed: deed, point: plan[1], occurrence: occurrence)])
    }
    write(1, "r", 1)
    _ = try await engine.due.run(concurrency: plan.first == "kill" || plan.isEmpty ? 8 : 1)
    await engine.shutdown()
  }
}
