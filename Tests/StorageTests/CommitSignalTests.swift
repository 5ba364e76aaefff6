import Dispatch
import Synchronization
import Testing

@testable import Storage

@Suite("telling of commits")
struct CommitSignalTests {
  /// Whoever cancels holds the lock of the task that reads, and whoever tells waits for it.
  @Test("readers leave while commits are told, and nobody waits for ever")
  func leavingWhileTold() async {
    let signal = CommitSignal()
    let isOver = Atomic<Bool>(false)
    let both = DispatchGroup()
    DispatchQueue(label: "teller").async(group: both) {
      while !isOver.load(ordering: .relaxed) { signal.signal() }
    }
    DispatchQueue(label: "canceller").async(group: both) {
      for number in 0..<3000 {
        let isReading = DispatchSemaphore(value: 0)
        let stream = number.isMultiple(of: 2) ? signal.stream() : signal.stream(atLeastEvery: .seconds(1))
        let reading = Task { for await _ in stream { isReading.signal() } }
        isReading.wait()
        reading.cancel()
      }
      isOver.store(true, ordering: .relaxed)
    }
    let ended = await withCheckedContinuation { continuation in
      DispatchQueue(label: "deadline").async { continuation.resume(returning: both.wait(timeout: .now() + 30)) }
    }
    #expect(ended == .success)
  }
}
