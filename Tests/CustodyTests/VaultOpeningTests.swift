import Foundation
import Storage
import Testing

@testable import Custody

@Suite("making and opening a vault")
struct VaultOpeningTests {
  private func isLocked(_ error: (any Error)?, saying words: String = "") -> Bool {
    guard case CustodyError.locked(let text)? = error else { return false }
    return words.isEmpty || text.contains(words)
  }

  private func open(_ vault: TestVault, with source: RootKeySource) async throws -> Custodian {
    try await Custodian.open(at: vault.folder.database, rootKey: source, clocks: .fixed)
  }

  @Test("a new vault opens with its key, and is the same vault")
  func created() async throws {
    let vault = try await TestVault.make()
    try vault.custodian.store.close()
    let again = try await vault.reopened()
    #expect(again.vaultID == vault.custodian.vaultID)
    #expect(try await again.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    let mode = try FileManager.default.attributesOfItem(atPath: vault.folder.keyFile)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try again.audit().first?.action == "vault.init")
  }

  @Test("the printed recovery key really opens it")
  func recovery() async throws {
    let vault = try await TestVault.make()
    let file = try vault.folder.write("  \(vault.recoveryKey)\n", to: "recovery")
    let recovered = try await open(vault, with: .recovery(path: file))
    #expect(try await recovered.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    #expect(try await recovered.verify().problems == [])
  }

  @Test("a wrong key is refused, and nothing is read with it: damage elsewhere is not even noticed")
  func wrongKey() async throws {
    let (vault, other) = (try await TestVault.make(), try await TestVault.empty())
    try vault.folder.attack(
      "UPDATE workspaces SET mac = x'00'; UPDATE key_rings SET mac = x'00'; UPDATE root_slots SET mac = x'00'")
    let file = try vault.folder.write(other.recoveryKey, to: "recovery")
    for source in [other.rootKey, .recovery(path: file)] {
      let error = await #expect(throws: CustodyError.self) { try await open(vault, with: source) }
      #expect(isLocked(error, saying: "does not open this vault"))
    }
    let right = await #expect(throws: CustodyError.self) { try await open(vault, with: vault.rootKey) }
    #expect(!isLocked(right), "the right key finds the damage")
  }

  @Test("a key file that others can read is refused", arguments: [0o644, 0o640, 0o604, 0o660, 0o601])
  func readableKey(mode: Int) async throws {
    let vault = try await TestVault.empty()
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: vault.folder.keyFile)
    let error = await #expect(throws: CustodyError.self) { try await open(vault, with: vault.rootKey) }
    #expect(isLocked(error, saying: "chmod 600"))
    let file = try vault.folder.write(vault.recoveryKey, to: "recovery", mode: mode)
    let recovery = await #expect(throws: CustodyError.self) { try await open(vault, with: .recovery(path: file)) }
    #expect(isLocked(recovery, saying: "chmod 600"))
  }

  @Test("what is no key file says why", arguments: [(0, "no key"), (31, "31 bytes"), (33, "33 bytes"), (5000, "no key")])
  func size(count: Int, words: String) async throws {
    let vault = try await TestVault.empty()
    let file = try vault.folder.write(Data(repeating: 7, count: count), to: "other.key")
    let error = await #expect(throws: CustodyError.self) { try await open(vault, with: .file(path: file)) }
    #expect(isLocked(error, saying: words))
  }

  @Test("a missing key file, a folder, and a text that is no recovery key are locked doors")
  func noKey() async throws {
    let vault = try await TestVault.empty()
    let short = try vault.folder.write(String(vault.recoveryKey.dropLast()), to: "short")
    let changed = try vault.folder.write(vault.recoveryKey.replacing("reseal", with: "resale"), to: "changed")
    for source in [
      RootKeySource.file(path: "\(vault.folder.path)/none"), .file(path: vault.folder.path),
      .recovery(path: "\(vault.folder.path)/none"), .recovery(path: short), .recovery(path: changed),
      .recovery(path: vault.folder.keyFile),
    ] {
      let error = await #expect(throws: CustodyError.self) { try await open(vault, with: source) }
      #expect(isLocked(error), "\(source)")
    }
  }

  @Test("nothing is made where there is something")
  func exists() async throws {
    let vault = try await TestVault.make()
    await #expect(throws: StorageError.exists(path: vault.folder.database)) {
      _ = try await Custodian.create(at: vault.folder.database, rootKey: vault.rootKey, clocks: .fixed)
    }
    #expect(try await vault.custodian.verify().isSound)
  }

  @Test("a vault is not made from a recovery key")
  func createWithRecovery() async throws {
    let folder = try Folder()
    let error = await #expect(throws: CustodyError.self) {
      try await Custodian.create(at: folder.database, rootKey: .recovery(path: "x"), clocks: .fixed)
    }
    guard case .refused = error else { return #expect(Bool(false), "\(error.debugDescription)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test("a vault whose recovery key could not be handed over is not there, and is made by the next try")
  func notHandedOver() async throws {
    struct Lost: Error {}
    let folder = try Folder()
    let source = RootKeySource.file(path: folder.keyFile)
    await #expect(throws: Lost.self) {
      try await Custodian.create(at: folder.database, rootKey: source, clocks: .fixed) { made in
        #expect(made.recoveryKey.hasPrefix("reseal_recovery_"))
        #expect(!FileManager.default.fileExists(atPath: folder.database), "not before it was handed over")
        throw Lost()
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["root.key"])
    let made = try await Custodian.create(at: folder.database, rootKey: source, clocks: .fixed)
    let custodian = try await Custodian.open(at: folder.database, rootKey: source, clocks: .fixed)
    #expect(try custodian.vaultID == made.id && custodian.auditPublicKey == made.auditPublicKey)
  }

  @Test("a slot of another vault, made with the same key file, opens nothing here")
  func transplantedSlot() async throws {
    let (vault, folder) = (try await TestVault.empty(), try Folder())
    let other = try await Custodian.create(at: folder.database, rootKey: vault.rootKey, clocks: .fixed)
    #expect(other.id != vault.custodian.vaultID)
    try vault.folder.attack(
      """
      ATTACH '\(folder.database)' AS other; DELETE FROM root_slots;
      INSERT INTO root_slots SELECT * FROM other.root_slots; DETACH other
      """)
    let error = await #expect(throws: CustodyError.self) { try await open(vault, with: vault.rootKey) }
    #expect(isLocked(error))
  }

  @Test("a wrap that was changed beside a right key is damage, not a wrong key", arguments: ["mac_key", "fingerprint_key"])
  func damagedWrap(column: String) async throws {
    let vault = try await TestVault.empty()
    let original = try #require(try vault.folder.attacker().rows("SELECT \(column) FROM vault").first?.first)
    let attacker = try vault.folder.attacker()
    for value in ["zeroblob(72)", "x''", "x'01'", "substr(\(column), 1, 40)", "check_value"] {
      try attacker.run("UPDATE vault SET \(column) = \(value)")
      await #expect(throws: CustodyError.integrity(table: "vault", key: "1"), "\(value)") {
        try await open(vault, with: vault.rootKey)
      }
      try attacker.run("UPDATE vault SET \(column) = ?", [original])
    }
    try await open(vault, with: vault.rootKey).close()
  }

  @Test("slots of no known kind and cut-off blobs are found, never a crash")
  func hostileSlots() async throws {
    let vault = try await TestVault.empty()
    let attacker = try vault.folder.attacker()
    for change in [
      "kind = 'hsm'", "kind = ''", "kind = 'recovery'", "wrapped = x''", "wrapped = zeroblob(39)", "wrapped = zeroblob(80)",
      "wrapped = zeroblob(1000000)", "parameters = zeroblob(1000000)", "slot = ''",
    ] {
      try attacker.run("CREATE TEMP TABLE kept AS SELECT * FROM root_slots")
      try attacker.run("UPDATE root_slots SET \(change) WHERE slot = 'file-1'")
      let error = await #expect(throws: CustodyError.self, "\(change)") { try await open(vault, with: vault.rootKey) }
      #expect(isLocked(error), "\(change)")
      try attacker.run("DELETE FROM root_slots; INSERT INTO root_slots SELECT * FROM kept; DROP TABLE kept")
    }
    try attacker.run("INSERT INTO root_slots VALUES ('x', 'hsm', x'', x'', 1, 1, 0, x'')")
    await #expect(throws: CustodyError.integrity(table: "root_slots", key: "x")) {
      try await open(vault, with: vault.rootKey)
    }
  }
}
