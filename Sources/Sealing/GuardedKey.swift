internal import CSodium

/// A long-lived key in guarded memory: locked, between guard pages, read-only after it is written, wiped when dropped.
///
/// A class, because keys live in dictionaries, which noncopyable values cannot enter. It shows nothing of itself to
/// `print`, `dump` and mirrors.
///
/// `@unchecked Sendable`: the memory is written once, before the key is handed out.
package final class GuardedKey: @unchecked Sendable {
  private let slab: GuardedSlab
  private let page: GuardedPage
  private let memory: UnsafeMutableRawPointer
  package let count: Int

  /// - Parameter fill: writes the key; must not make or drop another key meanwhile.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    self.count = count
    slab = .holding(count)
    (page, memory) = slab.take { fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<count])) }
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
    Sodium.require()
    return GuardedKey(count: count) { randombytes_buf($0.octets, count) }
  }

  deinit { slab.reclaim(memory, in: page) }

  package func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }
}

extension GuardedKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "key of \(count) bytes" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
