import Foundation
import Sealing
import Storage
import Testing

@testable import Custody

/// Each derivation takes 256 MiB and half a second: few, and one at a time.
@Suite("passphrase slots", .serialized)
struct PassphraseSlotTests {
  private func vault() async throws -> (folder: Folder, custodian: Custodian, source: RootKeySource) {
    let folder = try Folder()
    let source = RootKeySource.passphrase(path: try folder.write("six random words\n", to: "passphrase"))
    try await Custodian.create(at: folder.database, rootKey: source, clocks: .fixed)
    return (folder, try await Custodian.open(at: folder.database, rootKey: source, clocks: .fixed), source)
  }

  private func answer(_ folder: Folder, _ source: RootKeySource) async -> String {
    do {
      _ = try await Custodian.open(at: folder.database, rootKey: source, clocks: .fixed)
      return "open"
    } catch CustodyError.locked(let text) { return text } catch { return "\(error)" }
  }

  @Test("a vault under a passphrase alone opens with it, also after a rekey in another process")
  func opens() async throws {
    let (folder, custodian, source) = try await vault()
    let other = try await Custodian.open(at: folder.database, rootKey: source, clocks: .fixed)
    #expect(try other.rootSlots().map(\.name) == ["passphrase-1", "recovery"])
    _ = try await custodian.rekey(RekeyRequest(), by: .commandLine)
    try await other.createWorkspace(id: UUID(), name: "w", origins: [], by: .commandLine)
    #expect(try await other.drill(source, by: .commandLine).name == "passphrase-1")
    let wrong = RootKeySource.passphrase(path: try folder.write("six other words", to: "wrong"))
    #expect(await answer(folder, wrong).contains("does not open this vault"))
  }

  @Test("hostile parameters are refused by name, before anything is computed with them")
  func hostile() async throws {
    let (folder, _, source) = try await vault()
    let salt = String(repeating: "07", count: 16)
    let started = ContinuousClock.now
    for parameters in [
      "", "01", "010100000000000000ffffffffffffffff" + salt, "01ffffffffffffffff0000001000000000" + salt,
      "0101000000000000000020000000000000" + salt, "0203000000000000000000001000000000" + salt,
    ] {
      try folder.attack("UPDATE root_slots SET parameters = x'\(parameters)' WHERE kind = 'passphrase'")
      let text = await answer(folder, source)
      #expect(text.contains("passphrase-1 are refused"), "\(parameters): \(text)")
    }
    #expect(ContinuousClock.now - started < .seconds(5))
    try folder.attack(
      """
      WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
      INSERT INTO root_slots SELECT 'p-' || i, kind, parameters, wrapped, created_at, layout, mac_generation, mac
      FROM root_slots, n WHERE kind = 'passphrase'
      """)
    #expect(await answer(folder, source).contains("9 passphrase slots"))
  }
}
