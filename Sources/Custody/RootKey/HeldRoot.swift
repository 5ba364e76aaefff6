import Sealing
import Storage
import Synchronization

/// The root key as this process has it, and the key that opens it again when another process has replaced it.
final class HeldRoot: Sendable {
  private let opened: Mutex<OpenedRoot>

  init(_ opened: OpenedRoot) { self.opened = Mutex(opened) }

  /// The slot's key, as long as the vault is open.
  var key: SlotKey { opened.withLock { $0.key } }

  func replace(by next: OpenedRoot) { opened.withLock { $0 = next } }

  /// The root key of this row: the one at hand, or the one that the slots of its transaction hold. It is proven by the
  /// check value each time, because an epoch that was rolled back can come again with another key.
  func root(of vault: VaultRow, lock: () throws -> RootLock) throws -> RootKey {
    let held = opened.withLock { $0 }
    if held.epoch == vault.rootEpoch, held.root.opens(vault) { return held.root }
    guard let next = try lock().open(with: held.key) else {
      throw CustodyError.locked(
        "the root key was replaced, and what opened slot \(held.slot) does not open the new one. Start again with a root key of now")
    }
    replace(by: next)
    return next.root
  }
}
