import Sealing
import Storage

/// The keys above every workspace, and the check value, as they stand wrapped in the vault's row.
struct VaultWraps {
  let vault: String

  private static let checked = Array("reseal".utf8)

  /// Opens under the right root key only, and gives nothing away.
  func check(_ root: RootKey) -> [UInt8] {
    root.wrap(Secret(copying: Self.checked), for: .check, aad: aad("check"))
  }

  func wrap(macKey: GuardedKey, under root: RootKey) -> [UInt8] {
    root.wrap(macKey.withBytes { Secret(copying: $0) }, for: .vaultMACKey, aad: aad("mac"))
  }

  func wrap(fingerprintKey: GuardedKey, under root: RootKey) -> [UInt8] {
    root.wrap(fingerprintKey.withBytes { Secret(copying: $0) }, for: .fingerprintKey, aad: aad("fingerprint"))
  }

  fileprivate func opens(_ check: [UInt8], under root: RootKey) -> Bool {
    guard let opened = try? root.unwrap(check, for: .check, aad: aad("check")) else { return false }
    return opened.equals(Secret(copying: Self.checked))
  }

  /// - Throws: `integrity`: `root` has opened the check value, so it is the wrap that was changed.
  func macKey(of row: VaultRow, under root: RootKey) throws(CustodyError) -> GuardedKey {
    try unwrap(row.macKey, under: root, for: .vaultMACKey, aad: aad("mac"))
  }

  func fingerprintKey(of row: VaultRow, under root: RootKey) throws(CustodyError) -> GuardedKey {
    try unwrap(row.fingerprintKey, under: root, for: .fingerprintKey, aad: aad("fingerprint"))
  }

  private func unwrap(
    _ wrapped: [UInt8], under root: RootKey, for purpose: RootKey.Purpose, aad: [UInt8]
  ) throws(CustodyError) -> GuardedKey {
    guard let key = try? root.unwrap(wrapped, for: purpose, aad: aad), key.count == 32 else {
      throw .integrity(table: VaultRow.table, key: "1")
    }
    return GuardedKey(copying: key)
  }

  private func aad(_ what: String) -> [UInt8] {
    var out = ByteWriter("reseal/\(what)/v1")
    out.lengthPrefixed(vault)
    return out.bytes
  }
}

extension RootKey {
  /// Whether it is this vault's root key.
  func opens(_ row: VaultRow) -> Bool { VaultWraps(vault: row.vault.text).opens(row.checkValue, under: self) }
}
