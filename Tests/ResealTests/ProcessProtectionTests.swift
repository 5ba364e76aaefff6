import CProcess
import Foundation
import Glibc
import Testing

@testable import Reseal

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
}
