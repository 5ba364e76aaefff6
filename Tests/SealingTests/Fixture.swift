import Testing

@testable import Sealing

/// What opening came to: noncopyable values cannot enter `#expect`.
enum Outcome: Equatable {
  case opened([UInt8])
  case refused(SealingError)

  init(_ body: () throws(SealingError) -> Secret) {
    do { self = .opened(bytes(of: try body())) } catch { self = .refused(error) }
  }

  static let cannotOpen = Outcome.refused(.cannotOpen)
}

func bytes(of secret: borrowing Secret) -> [UInt8] { secret.withBytes { [UInt8]($0) } }

extension KeyGeneration {
  func outcome(_ sealed: SealedValue, in context: Context) -> Outcome {
    Outcome { () throws(SealingError) in try open(sealed, in: context) }
  }
}

extension Context {
  static let example = Context(
    vault: "vault-1", workspace: "workspace-1", customer: "customer-1", integration: "integration-1",
    name: "credential", version: 3)

  /// The same place but for one field; the version moves by one.
  var neighbours: [(field: String, context: Context)] {
    func copy(
      vault: String? = nil, workspace: String? = nil, customer: String? = nil, integration: String? = nil,
      name: String? = nil, version: UInt64? = nil
    ) -> Context {
      Context(
        vault: vault ?? self.vault, workspace: workspace ?? self.workspace, customer: customer ?? self.customer,
        integration: integration ?? self.integration, name: name ?? self.name, version: version ?? self.version)
    }
    return [
      ("vault", copy(vault: "vault-2")), ("workspace", copy(workspace: "workspace-2")),
      ("customer", copy(customer: "customer-2")), ("no customer", copy(customer: "")),
      ("integration", copy(integration: "integration-2")), ("no integration", copy(integration: "")),
      ("name", copy(name: "credentials")), ("newer", copy(version: version + 1)), ("older", copy(version: version - 1)),
      ("customer and integration swapped", copy(customer: integration, integration: customer)),
      ("boundary moved", copy(customer: customer + integration, integration: "")),
    ]
  }
}

/// Every single-bit change of `bytes`, with its position.
func bitFlips(_ bytes: [UInt8]) -> [(bit: Int, bytes: [UInt8])] {
  (0..<(bytes.count * 8)).map { bit in
    var flipped = bytes
    flipped[bit / 8] ^= 1 << UInt8(bit % 8)
    return (bit, flipped)
  }
}

let plaintext = Array("the token of a test".utf8)

/// Whether both wrap and unwrap alike, which only the same 32 bytes do.
func isSame(_ a: RootKey, _ b: RootKey) -> Bool {
  let sealed = a.wrap(Secret(copying: [7]), for: .check, aad: [])
  return Outcome { () throws(SealingError) in try b.unwrap(sealed, for: .check, aad: []) } == .opened([7])
}
