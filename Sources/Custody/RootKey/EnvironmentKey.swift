import Glibc
import Sealing

/// A key in an environment variable: 64 hex digits.
///
/// The weakest source: whoever may look into the process sees its environment, and every child gets a copy. So the
/// variable is overwritten where the kernel shows it (`/proc/PID/environ`) and unset, also when it held no key; it is
/// read once in the life of a process.
enum EnvironmentKey {
  static func take(_ name: String) throws(CustodyError) -> KeyEncryptionKey {
    guard let value = getenv(name) else {
      throw .locked("the variable \(name) is not set (it is removed once it was read)")
    }
    let count = strlen(value)
    defer {
      explicit_bzero(value, count)
      unsetenv(name)
    }
    let digits = UnsafeRawBufferPointer(start: value, count: count)
    var isHex = count == 2 * RootKey.size
    let key = Secret(count: RootKey.size) { out in
      guard isHex else { return }
      for index in out.indices {
        guard let high = nibble(digits[2 * index]), let low = nibble(digits[2 * index + 1]) else { return isHex = false }
        out[index] = high << 4 | low
      }
    }
    guard isHex, let kek = try? KeyEncryptionKey(key) else {
      throw .locked("the variable \(name) does not hold 64 hex digits, as `openssl rand -hex 32` prints them")
    }
    return kek
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    Character(UnicodeScalar(digit)).hexDigitValue.map { UInt8($0) }
  }
}
