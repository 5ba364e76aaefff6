import Storage
import Synchronization

/// Counts openings that need no entry of their own, until they are appended. A crash loses a count, never the fact that
/// somebody opened something.
final class OpeningRecorder: Sendable {
  let queue = OpeningQueue()
  private let state = Mutex(State())

  private struct State {
    var minutes: [OpeningMinute.Caller: OpeningMinute] = [:]
    /// Minutes that another one of the same caller has replaced.
    var ended: [OpeningMinute] = []
    var isWakeSet = false

    var isIdle: Bool { minutes.isEmpty && ended.isEmpty }
  }

  /// The first opening of a minute stands in the log.
  func began(_ caller: OpeningMinute.Caller, at now: Instant) {
    state.withLock { state in
      let before = state.minutes.updateValue(OpeningMinute(caller: caller, since: now), forKey: caller)
      if let before, before.repeats > 0 { state.ended.append(before) }
    }
  }

  /// Counts an opening whose minute has its entry.
  /// - Returns: `false` where an entry is needed first.
  func countsAgain(_ caller: OpeningMinute.Caller, at now: Instant) -> Bool {
    state.withLock { state in
      guard state.minutes[caller]?.covers(now) == true else { return false }
      state.minutes[caller]!.repeats += 1
      return true
    }
  }

  /// Takes out the minutes that were over at `now` (all of them for `nil`) and counted something; forgets those that
  /// counted nothing.
  func takeEnded(before now: Instant?) -> [OpeningMinute] {
    state.withLock { state in
      let over = state.minutes.values.filter { minute in now.map { !minute.covers($0) } ?? true }
      for minute in over { state.minutes[minute.caller] = nil }
      let taken = state.ended + over.filter { $0.repeats > 0 }
      state.ended = []
      return taken
    }
  }

  func putBack(_ minutes: [OpeningMinute]) { state.withLock { $0.ended += minutes } }

  /// Sets off `body` in half a minute, if there is a minute to look after then, unless that is on its way already.
  func wake(by clocks: Clocks, _ body: @escaping @Sendable () async -> Void) {
    let isNeeded = state.withLock { state in
      guard !state.isWakeSet, !state.isIdle else { return false }
      state.isWakeSet = true
      return true
    }
    guard isNeeded else { return }
    clocks.after(.seconds(30)) { [weak self] in
      self?.state.withLock { $0.isWakeSet = false }
      await body()
    }
  }
}
