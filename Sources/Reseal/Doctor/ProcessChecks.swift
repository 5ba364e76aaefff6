import Glibc
import Sealing

/// What this process was given by the system.
enum ProcessChecks {
  static func all() -> [Finding] { [memory(), cores()] }

  private static func memory() -> Finding {
    guard Sodium.isMemoryLocked else {
      return .warn(
        "memory", "keys may be swapped out: RLIMIT_MEMLOCK is too low", "raise LimitMEMLOCK=, or switch swap off")
    }
    return .ok("memory", "keys are locked in memory; libsodium \(Sodium.version)")
  }

  private static func cores() -> Finding {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    return limit.rlim_cur == 0
      ? .ok("core dumps", "none are written")
      : .warn("core dumps", "they would hold keys", "do not run reseal with a debugger's settings; LimitCORE=0")
  }
}
