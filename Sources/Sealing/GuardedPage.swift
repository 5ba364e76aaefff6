internal import CSodium
import Synchronization

/// A stretch of guarded memory, cut into slots of one size: guard pages around it, locked, read-only but while a slot is
/// written or wiped.
///
/// `@unchecked Sendable`: its slab calls it under a lock; slots in use are only read.
final class GuardedPage: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  private let slotSize: Int
  private var free: [Int]
  private let slots: Int

  init(slotSize: Int, slots: Int) {
    Sodium.require()
    let size = slotSize * slots
    guard let memory = sodium_malloc(size) else { fatalError("guarded memory is used up (vm.max_map_count)") }
    // sodium_malloc locks too, but does not tell when it cannot (RLIMIT_MEMLOCK).
    if sodium_mlock(memory, size) != 0 { Sodium.lockFailed.store(true, ordering: .relaxed) }
    sodium_memzero(memory, size)
    sodium_mprotect_readonly(memory)
    self.memory = memory
    self.slotSize = slotSize
    self.slots = slots
    free = Array((0..<slots).reversed())
  }

  deinit { sodium_free(memory) }

  var isFull: Bool { free.isEmpty }
  var isEmpty: Bool { free.count == slots }

  /// A slot that was free, written by `fill`.
  func take(_ fill: (UnsafeMutableRawBufferPointer) -> Void) -> UnsafeMutableRawPointer {
    let start = memory + free.removeLast() * slotSize
    writing { fill(UnsafeMutableRawBufferPointer(start: start, count: slotSize)) }
    return start
  }

  /// Wipes a slot, and takes it back.
  func reclaim(_ start: UnsafeMutableRawPointer) {
    writing { sodium_memzero(start, slotSize) }
    free.append((start - memory) / slotSize)
  }

  private func writing(_ body: () -> Void) {
    guard sodium_mprotect_readwrite(memory) == 0 else { fatalError("guarded memory cannot be written (mprotect)") }
    body()
    guard sodium_mprotect_readonly(memory) == 0 else { fatalError("guarded memory cannot be protected (mprotect)") }
  }
}
