import Foundation
import Sealing
import Testing

@testable import Custody

/// One at a time: a file that is written while another test forks cannot be started.
@Suite("where the root key comes from", .serialized)
struct RootKeySourceTests {
  @Test("sources are told by their form")
  func forms() throws {
    #expect(try RootKeySource("file:/a:b") == .file(path: "/a:b"))
    #expect(try RootKeySource("env:KEY") == .environment(name: "KEY"))
    #expect(try RootKeySource("systemd:root") == .systemd(name: "root"))
    #expect(try RootKeySource("passphrase") == .passphrase(path: nil))
    #expect(try RootKeySource("passphrase:p") == .passphrase(path: "p"))
    #expect(try RootKeySource("command:/bin/x") == .command(path: "/bin/x"))
    #expect(try RootKeySource("recovery:r") == .recovery(path: "r"))
    for text in ["", ":", "file", "file:", "env:", "systemd", "passphrase:", "command:", "/etc/key", "File:x", ":x"] {
      #expect(throws: CustodyError.self, "\(text)") { try RootKeySource(text) }
    }
  }

  private func program(_ body: String, in folder: Folder, mode: Int = 0o700) throws -> String {
    try folder.write("#!/bin/sh\n\(body)\n", to: "key-program", mode: mode)
  }

  private func answer(_ path: String, within limit: Duration = .seconds(30)) -> String {
    do {
      _ = try KeyProgram(path: path, limit: limit).key()
      return "a key"
    } catch {
      guard case .locked(let text) = error else { return "\(error)" }
      return text
    }
  }

  @Test("a program's 32 bytes are the key; it has no arguments and nothing to read")
  func program() throws {
    let folder = try Folder()
    let key = try program(#"[ $# = 0 ] && [ -z "$(cat)" ] && head -c 32 /dev/zero"#, in: folder)
    let kek = try KeyProgram(path: key).key()
    let slot = Slot(vault: "v", id: "s", kind: "command")
    let wrapped = slot.wrap(.generate(), under: try KeyEncryptionKey(Secret(copying: [UInt8](repeating: 0, count: 32))))
    _ = try slot.unwrap(wrapped, with: kek)
  }

  @Test("a program can hold the key of a slot")
  func slot() async throws {
    let vault = try await TestVault.make()
    let source = RootKeySource.command(path: try program("cat '\(vault.folder.keyFile)'", in: vault.folder))
    #expect(try await vault.custodian.addSlot(from: source, name: "kms", by: .commandLine) == "kms")
    let custodian = try await Custodian.open(at: vault.folder.database, rootKey: source, clocks: .fixed)
    #expect(try await custodian.text(of: vault.first.integrations[0], in: vault.first) == "secret-1-0-2")
  }

  @Test(
    "what a program may not do",
    arguments: [
      ("head -c 31 /dev/zero", "31 bytes"), ("head -c 33 /dev/zero", "more than 32"), ("exec yes", "more than 32"),
      ("true", "0 bytes"), ("head -c 32 /dev/zero; exit 3", "status 3"), ("head -c 32 /dev/zero; kill -9 $$", "by itself"),
    ])
  func misbehaving(body: String, words: String) throws {
    let folder = try Folder()
    let text = answer(try program(body, in: folder))
    #expect(text.contains(words), "\(text)")
  }

  @Test(
    "a program that does not end is ended",
    arguments: ["sleep 60", "head -c 32 /dev/zero; exec >&-; sleep 60", "sleep 60 & head -c 32 /dev/zero"])
  func hanging(body: String) throws {
    let folder = try Folder()
    let started = ContinuousClock.now
    let text = answer(try program(body, in: folder), within: .milliseconds(300))
    #expect(text.contains("by itself") || text == "a key", "\(text)")
    #expect(ContinuousClock.now - started < .seconds(20))
  }

  @Test("a program that others can change, or that is none, is not started")
  func untrusted() throws {
    let folder = try Folder()
    for mode in [0o720, 0o702, 0o777] {
      #expect(answer(try program("head -c 32 /dev/zero", in: folder, mode: mode)).contains("others can change"))
    }
    #expect(answer(try program("head -c 32 /dev/zero", in: folder, mode: 0o600)).contains("executable"))
    #expect(answer("key-program").contains("absolute"))
    #expect(answer(folder.path).contains("executable"))
    #expect(answer("\(folder.path)/none").contains("No such file"))
  }

  @Test("a new passphrase is long enough, and a newline at its end is not part of it")
  func passphraseFile() throws {
    let folder = try Folder()
    let short = try folder.write("eleven byte\n", to: "short")
    #expect(throws: CustodyError.self) { try PassphraseInput.read(file: short, isNew: true) }
    #expect(try PassphraseInput.read(file: short, isNew: false).count == 11)
    let long = try folder.write("  twelve bytes \r\n", to: "long")
    #expect(try PassphraseInput.read(file: long, isNew: true).count == 15)
    #expect(throws: CustodyError.self) { try PassphraseInput.read(file: try folder.write("\n", to: "none"), isNew: false) }
    #expect(throws: CustodyError.self) {
      try PassphraseInput.read(file: try folder.write("open to others", to: "open", mode: 0o640), isNew: false)
    }
  }
}
