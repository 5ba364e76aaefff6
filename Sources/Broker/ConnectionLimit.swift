import Glibc
import HummingbirdCore
import Logging
import NIOCore

/// How many connections the server holds, and for how long one may keep it waiting: whoever only opens them must leave
/// files for the vault to open. Without any, not even the reply to a refresh that is under way could be stored.
enum ConnectionLimit {
  /// For the database, the spool, providers, and what the run-time opens for itself.
  private static let reserve: UInt64 = 128
  private static let most: UInt64 = 65_536
  /// Between two requests, for the head of one, and between two parts of its body.
  private static let patience = TimeAmount.seconds(30)

  static let http1 = HTTPServerBuilder.http1(configuration: .init(idleTimeout: patience))

  /// Raises the process's limit of open files to what it may have, and leaves the reserve free.
  static func connections(_ log: Logger) -> MaximumAvailableConnections {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return MaximumAvailableConnections(Int(reserve), logger: log) }
    let soft = UInt64(limit.rlim_cur)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(most)))
    let raised = setrlimit(files, &limit) == 0 ? UInt64(limit.rlim_cur) : soft
    return MaximumAvailableConnections(Int(min(raised, most) - min(reserve, raised / 2)), logger: log)
  }
}
