import Glibc

/// Standard input, output and error are open, or else their numbers are taken: the next file that was opened, such as the
/// database, would get the number, and what is printed would be written into it.
enum StandardDescriptors {
  /// What was closed can be neither read nor written afterwards, as before.
  static func hold() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
