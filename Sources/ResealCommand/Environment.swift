import Glibc

/// Single variables of the environment. Never all of them at once: one may hold a key, and each reading is a copy.
enum Environment {
  /// `nil` for one that is missing or empty.
  static func value(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
