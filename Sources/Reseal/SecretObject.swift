import Sealing

/// A JSON object that holds secrets: written byte by byte into memory that is wiped. What the HTTP library copies
/// from there is beyond reach, and SECURITY.md says so.
package struct SecretObject: ~Copyable {
  private var out = SecretWriter(capacity: 1024)
  private var isEmpty = true

  package init() {}

  package mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    string(Array(value.utf8))
  }

  package mutating func add(_ name: String, _ value: Int64) {
    key(name)
    out.append(String(value))
  }

  package mutating func add(_ name: String, _ value: UnsafeRawBufferPointer) {
    key(name)
    string(value)
  }

  package consuming func finish() -> Secret {
    if isEmpty { out.append("{") }
    out.append("}")
    return out.finish()
  }

  private mutating func key(_ name: String) {
    out.append(isEmpty ? "{" : ",")
    string(Array(name.utf8))
    out.append(":")
    isEmpty = false
  }

  private mutating func string(_ bytes: some Sequence<UInt8>) {
    out.append("\"")
    for byte in bytes {
      switch byte {
      case 0x22, 0x5C:
        out.append(0x5C)
        out.append(byte)
      case 0..<0x20:
        out.append("\\u00")
        out.append(Hex.encode([byte]))
      default: out.append(byte)
      }
    }
    out.append("\"")
  }
}
