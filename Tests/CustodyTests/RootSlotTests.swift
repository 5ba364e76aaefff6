import Foundation
import Sealing
import Storage
import Testing

@testable import Custody

@Suite("slots of the root key")
struct RootSlotTests {
  private func names(_ custodian: Custodian) throws -> [String] { try custodian.rootSlots().map(\.name) }

  private func open(_ vault: TestVault, with source: RootKeySource) async throws -> Custodian {
    try await Custodian.open(at: vault.folder.database, rootKey: source, clocks: .fixed)
  }

  private func isLocked(_ vault: TestVault, with source: RootKeySource) async throws -> Bool {
    do {
      try await open(vault, with: source).close()
      return false
    } catch CustodyError.locked { return true }
  }

  private func refusal(_ body: () async throws -> Void) async -> String {
    do { try await body() } catch CustodyError.refused(let text) { return text } catch { return "\(error)" }
    return "done"
  }

  @Test("a second key file opens the vault after the first is gone")
  func second() async throws {
    let vault = try await TestVault.make()
    let other = RootKeySource.file(path: "\(vault.folder.path)/second.key")
    #expect(try await vault.custodian.addSlot(from: other, by: .commandLine) == "file-2")
    #expect(try names(vault.custodian) == ["file-1", "file-2", "recovery"])
    #expect(try vault.custodian.rootSlots().filter(\.isOpened).map(\.name) == ["file-1"])
    let custodian = try await open(vault, with: other)
    #expect(try custodian.rootSlots().filter(\.isOpened).map(\.name) == ["file-2"])
    try await custodian.removeSlot("file-1", by: .commandLine)
    #expect(try await isLocked(vault, with: vault.rootKey))
    #expect(try await custodian.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    #expect(try custodian.audit().map(\.action).suffix(3).contains("root.remove-slot"))
  }

  @Test("the slot that was opened is not removed, nor the last one, nor one that is not there")
  func proven() async throws {
    let vault = try await TestVault.empty()
    let custodian = vault.custodian
    let recovery = RootKeySource.recovery(path: try vault.folder.write(vault.recoveryKey, to: "recovery"))
    #expect(await refusal { try await custodian.removeSlot("file-1", by: .commandLine) }.contains("no other slot was proven"))
    #expect(
      await refusal { try await custodian.removeSlot("file-1", provenBy: vault.rootKey, by: .commandLine) }
        .contains("no other slot was proven"))
    await #expect(throws: CustodyError.notFound) { try await custodian.removeSlot("file-9", by: .commandLine) }
    let wrong = RootKeySource.recovery(path: try vault.folder.write(try await TestVault.empty().recoveryKey, to: "wrong"))
    await #expect(throws: CustodyError.self) { try await custodian.removeSlot("file-1", provenBy: wrong, by: .commandLine) }
    #expect(try names(custodian) == ["file-1", "recovery"])
    try await custodian.removeSlot("file-1", provenBy: recovery, by: .commandLine)
    let recovered = try await open(vault, with: recovery)
    #expect(await refusal { try await recovered.removeSlot("recovery", by: .commandLine) }.contains("last slot"))
    #expect(try names(recovered) == ["recovery"])
  }

  @Test("names are checked, and one key does not make two slots of a kind")
  func refusals() async throws {
    let vault = try await TestVault.empty()
    let second = RootKeySource.file(path: "\(vault.folder.path)/second.key")
    for name in ["", "-a", "A", "a b", "ü", String(repeating: "a", count: 65), "file-1", "recovery"] {
      #expect(
        await refusal { _ = try await vault.custodian.addSlot(from: second, name: name, by: .commandLine) } != "done", "\(name)")
    }
    #expect(
      await refusal { _ = try await vault.custodian.addSlot(from: vault.rootKey, by: .commandLine) }.contains("file-1 already"))
    await #expect(throws: CustodyError.self) {
      _ = try await vault.custodian.addSlot(from: .recovery(path: "x"), by: .commandLine)
    }
    #expect(try names(vault.custodian) == ["file-1", "recovery"])
  }

  @Test("a drill proves a source, writes it down and changes nothing else")
  func drill() async throws {
    let vault = try await TestVault.empty()
    let recovery = try vault.folder.write(vault.recoveryKey, to: "recovery")
    let before = try vault.folder.attacker().rows("SELECT * FROM root_slots").description
    #expect(try await vault.custodian.drill(by: .commandLine).name == "file-1")
    #expect(try await vault.custodian.drill(.recovery(path: recovery), by: .commandLine).name == "recovery")
    let entries = try vault.custodian.audit().filter { $0.action == "root.drill" }.map(\.subject)
    #expect(entries == ["slot/file-1", "slot/recovery"])
    let other = try vault.folder.write(try await TestVault.empty().recoveryKey, to: "other")
    await #expect(throws: CustodyError.self) { try await vault.custodian.drill(.recovery(path: other), by: .commandLine) }
    #expect(try vault.folder.attacker().rows("SELECT * FROM root_slots").description == before)
  }

  @Test("a new recovery key takes the place of the old one")
  func newRecoveryKey() async throws {
    let vault = try await TestVault.make()
    let text = try await vault.custodian.replaceRecoveryKey(by: .commandLine)
    #expect(try names(vault.custodian) == ["file-1", "recovery"])
    let old = RootKeySource.recovery(path: try vault.folder.write(vault.recoveryKey, to: "old"))
    #expect(try await isLocked(vault, with: old))
    let new = RootKeySource.recovery(path: try vault.folder.write(text, to: "new"))
    let recovered = try await open(vault, with: new)
    #expect(try await recovered.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
    try await recovered.removeSlot("file-1", by: .commandLine)
    #expect(try await recovered.addSlot(from: .file(path: "\(vault.folder.path)/again.key"), by: .commandLine) == "file-1")
    try await vault.custodian.close()
  }

  @Test("a recovery slot that was removed can be made again")
  func recoveryRemoved() async throws {
    let vault = try await TestVault.empty()
    try await vault.custodian.removeSlot("recovery", by: .commandLine)
    #expect(try vault.folder.attacker().integer("SELECT count(*) FROM vault WHERE recovery_public_key IS NULL") == 1)
    let text = try await vault.custodian.replaceRecoveryKey(by: .commandLine)
    let source = RootKeySource.recovery(path: try vault.folder.write(text, to: "new"))
    #expect(try await vault.custodian.drill(source, by: .commandLine).name == "recovery")
  }
}
