import CProcess
import Foundation
import Glibc
import Logging
import Synchronization
import TestKit
import Testing

@testable import Reseal
@testable import Sealing

@Suite("the process around a vault")
struct ProcessProtectionTests {
  private func coreLimit() -> rlim_t {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    return limit.rlim_cur
  }

  @Test("hardened: no core dump and no debugger; unchanged: as it was")
  func hardened() {
    let before = (reseal_is_dumpable(), coreLimit())
    #expect(ProcessProtection.unchanged.apply())
    #expect((reseal_is_dumpable(), coreLimit()) == before)
    #expect(ProcessProtection.hardened.apply())
    #expect(reseal_is_dumpable() == 0)
    #expect(coreLimit() == 0)
    #expect(ProcessProtection.hardened.apply(), "twice is no harm")
  }

  @Test("keys that could not be locked in memory are told of when the vault is opened", .timeLimit(.minutes(1)))
  func unlocked() async {
    await #expect(processExitsWith: .success) {
      let (folder, heard) = (try TemporaryFolder(), Heard())
      _ = try await Assembly.create(at: folder.database, rootKey: .file(path: folder.keyFile))
      let options = AssemblyOptions(
        database: folder.database, rootKey: .file(path: folder.keyFile), log: Logger(label: "test") { _ in heard })
      Sodium.lockFailed.store(false, ordering: .relaxed)
      try await Assembly.open(options).shutdown()
      precondition(heard.warnings.isEmpty)
      Sodium.lockFailed.store(true, ordering: .relaxed)
      try await Assembly.open(options).shutdown()
      precondition(heard.warnings.count == 1 && heard.warnings[0].contains("RLIMIT_MEMLOCK"))
    }
  }
}

/// A log that keeps its warnings.
private final class Heard: LogHandler, Sendable {
  private let kept = Mutex<[String]>([])
  var warnings: [String] { kept.withLock { $0 } }
  var logLevel: Logger.Level {
    get { .warning }
    set {}
  }
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  subscript(metadataKey _: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) { kept.withLock { $0.append("\(event.message)") } }
}
