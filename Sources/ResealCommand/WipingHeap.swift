import Glibc

/// A heap that overwrites what is freed. Strings and network buffers are out of our hands: this wipes them too.
///
/// It is glibc's, told by its tunables, which are read when a program begins only: so this process begins once more, with
/// the same number. The cache of freed chunks is off, because what lies in it is not overwritten.
/// <https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html>
enum WipingHeap {
  private static let variable = "GLIBC_TUNABLES"
  private static let tunables = "glibc.malloc.perturb=170:glibc.malloc.tcache_count=0"

  /// Does not return where the process begins once more. To be called on the main thread, whose signal mask is inherited,
  /// before anything is opened. Whoever sets `glibc.malloc.perturb` himself has decided, be it against this.
  static func begin() {
    let given = Environment.value(variable)
    if let given, given.contains("glibc.malloc.perturb=") { return }
    // Ours first: read once more, they are found even where glibc has cut the list at its first colon.
    setenv(variable, [tunables, given].compactMap(\.self).joined(separator: ":"), 1)
    if let program = ownPath() { execv(program, CommandLine.unsafeArgv) }
    Notice.say("freed memory is not overwritten: this program could not begin anew (\(String(cString: strerror(errno))))")
  }

  /// Not `/proc/self/exe` itself, which would be the name that `ps` shows.
  private static func ownPath() -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { path in
      let length = readlink("/proc/self/exe", path.baseAddress!, path.count)
      return length > 0 ? String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
  }
}
