import Foundation
import Glibc

/// The folder of spool slots beside a database, `DATABASE.spool`: readable by its owner only, gone when nothing is in it.
package struct SpoolFolder: Sendable {
  package let path: String
  /// More files than any number of our processes makes: whoever put them there slows nobody down.
  private static let most = 4096

  package init(beside database: String) { path = database + ".spool" }

  /// Makes a slot that this process owns.
  /// - Throws: `inaccessible` where it cannot be made whole, or where something else stands in the folder's place.
  package func make() throws(StorageError) -> SpoolSlot {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .inaccessible(path: path, error: errno) }
    guard isOurs else { throw .inaccessible(path: path, error: ENOTDIR) }
    do {
      return try SpoolSlot.make(in: path)
    } catch .inaccessible(_, ENOENT) {
      // Another process took the folder away with the last slot in it.
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .inaccessible(path: path, error: errno) }
      return try SpoolSlot.make(in: path)
    }
  }

  /// What processes that are gone have left. Holding one keeps others from it.
  package func left() -> [SpoolSlot] { paths().compactMap(SpoolSlot.take) }

  /// What stands in all slots, those of living processes too. Nothing of it is proven.
  package func contents() -> [[UInt8]] { paths().compactMap(SpoolSlot.look).filter { !$0.isEmpty } }

  /// Takes the folder away, if it is empty.
  package func removeIfEmpty() { rmdir(path) }

  private func paths() -> [String] {
    guard isOurs, let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return [] }
    return names.sorted().prefix(Self.most).map { "\(path)/\($0)" }
  }

  /// A folder of this user's, not a link to another one.
  private var isOurs: Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
  }
}
