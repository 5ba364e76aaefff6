import Glibc
import Sealing

/// A program that prints a key: 32 raw bytes and nothing else, on standard output, in time.
///
/// It is started as it is, without shell and arguments, with an empty standard input and in a process group of its own;
/// what it writes to standard error goes to ours.
struct KeyProgram {
  let path: String
  var limit: Duration = .seconds(30)

  func key() throws(CustodyError) -> KeyEncryptionKey {
    try requireTrusted()
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failed(String(cString: strerror(errno))) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let started = Result { () throws(CustodyError) in try spawn(output: ends[1]) }
    close(ends[1])
    let run = ProgramRun(child: try started.get(), output: ends[0], deadline: .now + limit)
    let printed = run.output(atMost: RootKey.size)
    switch run.end(atOnce: printed.count > RootKey.size) {
    case .exited(0): break
    case .exited(let status): throw failed("it ended with status \(status)")
    case .killed where printed.count > RootKey.size: throw failed("it printed more than \(RootKey.size) bytes")
    case .killed: throw failed("it did not end by itself within \(limit.components.seconds) seconds")
    }
    guard let key = try? KeyEncryptionKey(printed) else {
      throw failed("it printed \(printed.count) bytes; \(RootKey.size) raw bytes are a key")
    }
    return key
  }

  /// Whoever may write the program may print a key that he knows.
  private func requireTrusted() throws(CustodyError) {
    guard path.hasPrefix("/") else { throw failed("give its absolute path") }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failed(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
      throw failed("it is not an executable file")
    }
    guard status.st_mode & 0o022 == 0, status.st_uid == 0 || status.st_uid == geteuid() else {
      throw failed("others can change it: it must belong to you or to root, and chmod go-w \(path)")
    }
  }

  private func spawn(output: Int32) throws(CustodyError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    var child = pid_t()
    let name = strdup(path)
    defer { free(name) }
    let status = posix_spawn(&child, path, &actions, &attributes, [name, nil], environ)
    guard status == 0 else { throw failed(String(cString: strerror(status))) }
    return child
  }

  private func failed(_ why: String) -> CustodyError { .locked("the program \(path) gives no key: \(why)") }
}
