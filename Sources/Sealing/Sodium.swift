internal import CSodium
import Synchronization

/// libsodium, initialised once. Every call into the library starts here.
///
/// Source: libsodium documentation, "Usage": `sodium_init()` before any other function.
package enum Sodium {
  static let ready: Bool = {
    guard sodium_init() >= 0 else { fatalError("libsodium could not be initialised: no source of randomness") }
    return true
  }()

  @inline(__always) static func require() { precondition(ready) }

  static let lockFailed = Atomic<Bool>(false)

  /// Whether every key that this process holds or held stays out of swap. Not where RLIMIT_MEMLOCK is too low.
  package static var isMemoryLocked: Bool { !lockFailed.load(ordering: .relaxed) }

  package static var version: String { String(cString: sodium_version_string()) }
}

/// Random bytes from the kernel, by way of libsodium.
package enum RandomBytes {
  package static func make(_ count: Int) -> [UInt8] {
    Sodium.require()
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0 { randombytes_buf(buffer.baseAddress!, count) }
      initialized = count
    }
  }
}

/// Compares in time that depends on the length only.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  Sodium.require()
  return a.count == b.count && (a.isEmpty || sodium_memcmp(a, b, a.count) == 0)
}
