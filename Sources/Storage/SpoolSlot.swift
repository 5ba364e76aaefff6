import Foundation
import Glibc

/// A place on disk for one small value that must not be lost when the database cannot take it: made before it is needed,
/// with all of its blocks, so that a full disk cannot stop it.
///
/// Whoever made it holds a lock on it until its process ends, however it ends: what is locked belongs to the living.
package final class SpoolSlot: Sendable {
  /// Of the file: 4 bytes that say how many follow.
  package static let size = 73_728
  package let path: String
  private let descriptor: Int32

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Makes an empty one in `folder`, which is made, too.
  static func make(in folder: String) throws(StorageError) -> SpoolSlot {
    for _ in 0..<8 {
      let path = "\(folder)/\(UUID().uuidString.lowercased())"
      let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else { throw .inaccessible(path: path, error: errno) }
      let slot = SpoolSlot(path, descriptor)
      // Between the two, somebody who cleans up may have taken it for a dead process's.
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, slot.hasName else { continue }
      let error = posix_fallocate(descriptor, 0, off_t(size))
      guard error == 0, fsync(descriptor) == 0 else {
        slot.remove()
        throw .inaccessible(path: path, error: error)
      }
      try FileSystem.syncFolder(of: path)
      return slot
    }
    throw .inaccessible(path: folder, error: EAGAIN)
  }

  /// Takes what stands at `path`, if the process that made it is gone; `nil` where it lives, or where nothing of ours is.
  static func take(_ path: String) -> SpoolSlot? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    let slot = SpoolSlot(path, descriptor)
    guard (try? FileSystem.requireFile(descriptor, path)) != nil, flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      slot.hasName
    else { return nil }
    return slot
  }

  /// What stands at `path`, whoever's it is; `nil` for nothing.
  static func look(at path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    let slot = SpoolSlot(path, descriptor)
    return (try? FileSystem.requireFile(descriptor, path)) == nil ? nil : slot.content
  }

  /// Writes `content` and makes it durable.
  package func fill(_ content: [UInt8]) throws(StorageError) {
    guard content.count <= Self.size - 4 else { throw .inaccessible(path: path, error: EFBIG) }
    let length = withUnsafeBytes(of: UInt32(content.count).littleEndian) { Array($0) }
    try write(length + content)
  }

  /// What it holds; empty for nothing, `nil` for what cannot be read.
  package var content: [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else { return nil }
    guard count >= 4 else { return [] }
    let length = bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    guard length <= count - 4 else { return nil }
    return Array(bytes[4..<(4 + Int(length))])
  }

  /// Overwrites what it held.
  package func clear() throws(StorageError) { try write([UInt8](repeating: 0, count: Self.size)) }

  /// Takes the file away.
  package func remove() { unlink(path) }

  private func write(_ bytes: [UInt8]) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(done)) }
      guard count > 0 || (count < 0 && errno == EINTR) else { throw .inaccessible(path: path, error: errno) }
      done += max(count, 0)
    }
    guard fdatasync(descriptor) == 0 else { throw .inaccessible(path: path, error: errno) }
  }

  /// Whether the file still has its name: the one that was opened may have been taken away.
  private var hasName: Bool {
    var (mine, named) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path, &named) == 0 && mine.st_ino == named.st_ino
      && mine.st_dev == named.st_dev
  }
}
