internal import CProcess
import Glibc

/// What opening a vault does to the process it is opened in, for its keys' sake.
public enum ProcessProtection: Sendable {
  /// No core dumps, and no debugger but root's. `/proc/PID` then belongs to root: other programs of the same user can no
  /// longer look at this process. Child processes that run another program are dumpable again.
  case hardened
  /// The process is left as it is: for hosts that must be debugged, or see to it themselves.
  case unchanged

  /// - Returns: whether the process is now as asked for.
  @discardableResult
  package func apply() -> Bool {
    guard self == .hardened else { return true }
    var limit = rlimit()
    let core = __rlimit_resource_t(RLIMIT_CORE.rawValue)
    guard getrlimit(core, &limit) == 0 else { return false }
    limit.rlim_cur = 0
    return setrlimit(core, &limit) == 0 && reseal_be_undumpable() == 0 && reseal_is_dumpable() == 0
  }
}
