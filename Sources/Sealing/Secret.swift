internal import CSodium

/// Bytes that must not leak: short-lived plaintext.
///
/// Not copyable, so it lives in one place; not printable and not encodable, because neither is offered;
/// wiped when it goes out of scope. What a closure of `withBytes` copies out is the closure's responsibility.
package struct Secret: ~Copyable, @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  package let count: Int

  /// Takes over memory allocated with `allocate(byteCount:alignment: 1)`; it is wiped and freed with the value.
  fileprivate init(adopting memory: UnsafeMutableRawPointer, count: Int) {
    self.memory = memory
    self.count = count
  }

  /// A copy of `bytes`. The caller still owns, and wipes, the original.
  package init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// A copy of `bytes`, which are left as they are: for bytes that are not secret by themselves.
  package init(copying bytes: [UInt8]) {
    self = bytes.withBytes { Secret(copying: $0) }
  }

  /// Moves `bytes` in: the array is wiped and left empty.
  package init(wiping bytes: inout [UInt8]) {
    self = bytes.withBytes { Secret(copying: $0) }
    wipe(&bytes)
  }

  /// `count` bytes, zero at first, that `fill` writes.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 1)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
    self.init(adopting: memory, count: count)
    fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
  }

  /// `count` random bytes.
  package static func random(_ count: Int) -> Secret {
    Sodium.require()
    return Secret(count: count) { randombytes_buf($0.octets, count) }
  }

  deinit {
    sodium_memzero(memory, max(count, 1))
    memory.deallocate()
  }

  package borrowing func withBytes<R: ~Copyable, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// A second secret with the same bytes.
  package borrowing func duplicate() -> Secret { withBytes { Secret(copying: $0) } }

  /// Whether both hold the same bytes; time depends on the lengths only.
  package borrowing func equals(_ other: borrowing Secret) -> Bool {
    withBytes { mine in
      other.withBytes { theirs in
        mine.count == theirs.count && (mine.isEmpty || sodium_memcmp(mine.baseAddress, theirs.baseAddress, mine.count) == 0)
      }
    }
  }
}

/// Builds a `Secret` piece by piece. Memory that it outgrows is wiped before it is freed.
package struct SecretWriter: ~Copyable {
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  package private(set) var count = 0

  package init(capacity: Int = 256) {
    self.capacity = max(capacity, 16)
    memory = .allocate(byteCount: self.capacity, alignment: 1)
  }

  deinit {
    sodium_memzero(memory, capacity)
    memory.deallocate()
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    reserve(bytes.count)
    memory.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  package mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
  package mutating func append(_ byte: UInt8) { withUnsafeBytes(of: byte) { append($0) } }

  /// Text that is not secret: names, separators, parameters.
  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append(_ secret: borrowing Secret) { secret.withBytes { append($0) } }

  package consuming func finish() -> Secret {
    Secret(copying: UnsafeRawBufferPointer(start: memory, count: count))
  }

  private mutating func reserve(_ more: Int) {
    guard count + more > capacity else { return }
    let larger = max(capacity * 2, count + more)
    let next = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 1)
    next.copyMemory(from: memory, byteCount: count)
    sodium_memzero(memory, capacity)
    memory.deallocate()
    memory = next
    capacity = larger
  }
}

/// Overwrites the array's bytes and empties it. Only the array's own storage: a copy made before stays.
package func wipe(_ bytes: inout [UInt8]) {
  Sodium.require()
  bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { sodium_memzero(start, $0.count) } }
  bytes = []
}
