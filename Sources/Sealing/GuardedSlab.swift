import Synchronization

/// Guarded memory for keys of one size, many to a page.
///
/// An allocation of libsodium's own costs 23 µs and four memory mappings, of which a process has 65,530
/// (`vm.max_map_count`): too few for the workspaces of a large vault. Here 512 keys share them. The price is that an
/// overrun inside a page meets another key and no guard page, and that a page is writable, for this process, while one
/// of its slots is written: two `mprotect` calls, under the slab's lock.
final class GuardedSlab: Sendable {
  private static let slotsPerPage = 512
  private static let short = GuardedSlab(slotSize: 32, slotsPerPage: slotsPerPage)
  private static let long = GuardedSlab(slotSize: 64, slotsPerPage: slotsPerPage)

  private let slotSize: Int
  private let slotsPerPage: Int
  /// The pages that have a free slot. The others are held by the keys in them.
  private let open = Mutex<[GuardedPage]>([])

  private init(slotSize: Int, slotsPerPage: Int) {
    self.slotSize = slotSize
    self.slotsPerPage = slotsPerPage
  }

  /// The slab for keys of `count` bytes. What is larger than any key in use gets one of its own.
  static func holding(_ count: Int) -> GuardedSlab {
    switch count {
    case ...32: short
    case ...64: long
    default: GuardedSlab(slotSize: count, slotsPerPage: 1)
    }
  }

  /// A slot, written by `fill`, which must not make or drop a key of its own: it runs under the slab's lock.
  func take(_ fill: (UnsafeMutableRawBufferPointer) -> Void) -> (page: GuardedPage, start: UnsafeMutableRawPointer) {
    nonisolated(unsafe) let fill = fill
    nonisolated(unsafe) var start: UnsafeMutableRawPointer?
    let page = open.withLock { open in
      if open.isEmpty { open.append(GuardedPage(slotSize: slotSize, slots: slotsPerPage)) }
      let page = open[open.count - 1]
      start = page.take(fill)
      if page.isFull { open.removeLast() }
      return page
    }
    return (page, start!)
  }

  /// Wipes a slot. A page that nobody uses is given up, unless it is the only one with room.
  func reclaim(_ start: UnsafeMutableRawPointer, in page: GuardedPage) {
    nonisolated(unsafe) let start = start
    open.withLock { open in
      if page.isFull { open.append(page) }
      page.reclaim(start)
      if page.isEmpty, open.count > 1 { open.removeAll { $0 === page } }
    }
  }
}
