import Custody
import Glibc
import Storage
import Synchronization

/// The engine is gone: whatever it still tries comes to nothing.
struct Abandoned: Error {}

/// What happens at named points: the engine is abandoned, the process is killed or stopped, the disk is full.
final class Strike: Sendable {
  enum Deed: String, Sendable { case abandon, kill, stop, diskFull }

  struct Plan: Sendable {
    let deed: Deed
    let point: String
    var occurrence: Int
  }

  private struct State {
    var plans: [Plan] = []
    var isDead = false
    var reached: Set<String> = []
    var struck = 0
  }

  private let state = Mutex(State())

  /// Points that were reached so far.
  var points: [String] { state.withLock { $0.reached.sorted() } }
  var isDead: Bool { state.withLock { $0.isDead } }
  /// How many plans were carried out.
  var struck: Int { state.withLock { $0.struck } }

  func arm(_ plans: [Plan]) { state.withLock { $0.plans = plans } }

  /// A new engine.
  func revive() { state.withLock { ($0.isDead, $0.plans) = (false, $0.isDead ? [] : $0.plans) } }

  var faults: Faults { Faults { try self.reach($0.description) } }

  private func reach(_ point: String) throws {
    switch state.withLock({ Self.next(point, &$0) }) {
    case .abandon: throw Abandoned()
    case .diskFull: throw StorageError.unwritable(code: 13)
    case .kill: kill(getpid(), SIGKILL)
    case .stop: kill(getpid(), SIGSTOP)
    case nil: break
    }
  }

  private static func next(_ point: String, _ state: inout State) -> Deed? {
    if state.isDead { return .abandon }
    state.reached.insert(point)
    for index in state.plans.indices where state.plans[index].point == point {
      state.plans[index].occurrence -= 1
      guard state.plans[index].occurrence == 0 else { continue }
      state.struck += 1
      let deed = state.plans[index].deed
      state.isDead = deed == .abandon
      return deed
    }
    return nil
  }
}
