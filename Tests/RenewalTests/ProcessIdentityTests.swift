import Foundation
import Glibc
import Renewal
import Testing

struct ProcessIdentityTests {
  private let namespace = ProcessIdentity.current().text.split(separator: ":")[2]

  @Test func thisProcessIsThere() {
    let (one, two) = (ProcessIdentity.current(), ProcessIdentity.current())
    #expect(one != two)
    #expect(!one.isGone && !two.isGone)
    #expect(one.text.hasPrefix("\(getpid()):"))
  }

  @Test func aReapedChildIsGone() throws {
    let child = try spawn("/bin/true")
    var status: Int32 = 0
    #expect(waitpid(child, &status, 0) == child)
    #expect(ProcessIdentity(text: "\(child):1:\(namespace):random").isGone)
  }

  @Test func aZombieIsGone() throws {
    let child = try spawn("/bin/true")
    var info = siginfo_t()
    #expect(waitid(P_PID, UInt32(child), &info, WEXITED | WNOWAIT) == 0)
    #expect(ProcessIdentity(text: "\(child):\(start(of: child)):\(namespace):random").isGone)
    var status: Int32 = 0
    waitpid(child, &status, 0)
  }

  @Test func aNumberThatAnotherProcessGotIsGone() throws {
    let own = ProcessIdentity.current().text.split(separator: ":")
    #expect(ProcessIdentity(text: "\(own[0]):\(Int(own[1])! - 1):\(own[2]):\(own[3])").isGone)
  }

  @Test func whatCannotBeLookedAtIsNotGone() {
    for text in [
      "", ":::", "1:2", "none:1:\(namespace):r", "999999999:1:1:r", "999999999:1:\(namespace)",
      "999999999:1:\(namespace):r:more", "99999999999999:1:\(namespace):r",
    ] {
      #expect(!ProcessIdentity(text: text).isGone, "\(text)")
    }
  }

  private func spawn(_ program: String) throws -> pid_t {
    var child: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
    defer { free(arguments[0]) }
    try #require(posix_spawn(&child, program, nil, nil, &arguments, environ) == 0)
    return child
  }

  private func start(of child: pid_t) -> String {
    let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    return fields.count > 19 ? String(fields[19]) : "0"
  }
}
