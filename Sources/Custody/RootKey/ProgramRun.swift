import Glibc
import Sealing
import Storage

/// A child process whose output is read up to a deadline; whatever happens, it is gone at the end.
struct ProgramRun {
  enum End: Equatable { case exited(Int32), killed }

  let child: pid_t
  let output: Int32
  let deadline: ContinuousClock.Instant

  /// What it prints: up to one byte more than `maximum`, which tells that there is too much.
  func output(atMost maximum: Int) -> Secret {
    var printed = SecretWriter(capacity: maximum + 1)
    var buffer = [UInt8](repeating: 0, count: maximum + 1)
    defer { wipe(&buffer) }
    while printed.count <= maximum, waitForOutput() {
      let count = read(output, &buffer, maximum + 1 - printed.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      buffer.withUnsafeBytes { printed.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    return printed.finish()
  }

  /// Waits for its end until the deadline; then kills it. What it left behind in its process group goes, too.
  func end(atOnce: Bool) -> End {
    let isOver = !atOnce && waitForEnd()
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return isOver && status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed
  }

  /// Leaves the ended child as it is, so that its number is still its own when the group is killed.
  private func waitForEnd() -> Bool {
    while remaining > 0 {
      var information = siginfo_t()
      guard waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT | WNOHANG) == 0 else { return false }
      if information._sifields._sigchld.si_pid != 0 { return true }
      poll(nil, 0, min(10, remaining))
    }
    return false
  }

  /// - Returns: `false` at the deadline.
  private func waitForOutput() -> Bool {
    var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    while true {
      let found = poll(&descriptor, 1, remaining)
      if found < 0, errno == EINTR { continue }
      return found > 0
    }
  }

  /// Milliseconds to the deadline, for `poll`.
  private var remaining: Int32 {
    Int32(clamping: max(0, (deadline - .now).milliseconds))
  }
}
