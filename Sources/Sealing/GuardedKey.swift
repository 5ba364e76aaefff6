internal import CSodium

/// A long-lived key in guarded memory: locked, surrounded by guard pages, read-only after it is written.
///
/// A class, because keys live in dictionaries, which noncopyable values cannot enter. Each one costs four memory
/// mappings and about 23 µs (libsodium, "Secure memory"): one per key of a vault, never one per row.
package final class GuardedKey: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  package let count: Int

  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    Sodium.require()
    guard let memory = sodium_malloc(count) else { fatalError("guarded memory is used up (vm.max_map_count)") }
    self.memory = memory
    self.count = count
    fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
    sodium_mprotect_readonly(memory)
  }

  package convenience init(copying secret: borrowing Secret) {
    let count = secret.count
    let source = secret.duplicate()
    self.init(count: count) { target in source.withBytes { target.copyMemory(from: $0) } }
  }

  package convenience init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  package static func random(_ count: Int) -> GuardedKey {
    GuardedKey(count: count) { randombytes_buf($0.octets, count) }
  }

  deinit { sodium_free(memory) }

  package func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }
}
