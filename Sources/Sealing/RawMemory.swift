/// What C asks for: pointers to octets that are never `nil`, also for empty memory, which nothing reads.
extension UnsafeRawBufferPointer {
  var octets: UnsafePointer<UInt8> {
    baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(bitPattern: 1)!
  }
}

extension UnsafeMutableRawBufferPointer {
  var octets: UnsafeMutablePointer<UInt8> {
    baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafeMutablePointer(bitPattern: 1)!
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` for noncopyable results and typed errors, which the standard library's own does not take yet.
  package func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try span.withUnsafeBytes { (bytes) throws(E) -> R in try body(bytes) }
  }
}
