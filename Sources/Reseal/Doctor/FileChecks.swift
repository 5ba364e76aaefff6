import Custody
import Foundation
import Glibc
import Renewal
import Storage

/// Files and folders: who may read them, who may write them, and how much room is left. Needs no key.
extension Surroundings {
  /// - Parameter spool: as the vault knows it; without one it is looked at from outside.
  package func files(_ spool: SpoolReport? = nil) -> [Finding] {
    [
      permissions(), keyPlace(), Self.waiting(spool ?? SpoolReport(beside: database)), diskSpace(), providersFolder(),
      address(),
    ].compactMap(\.self)
  }

  /// The database, what the engine puts beside it, and the key.
  private func permissions() -> Finding {
    let open = privateFiles.filter { path in Self.status(path).map { $0.st_mode & 0o077 != 0 } ?? false }
    guard open.isEmpty else {
      return .fail("permissions", "others can read \(open.joined(separator: ", "))", "chmod 600, and find out who did")
    }
    let foreign = privateFiles.filter { path in Self.status(path).map { $0.st_uid != geteuid() } ?? false }
    guard foreign.isEmpty || geteuid() == 0 else {
      return .warn(
        "permissions", "another user owns \(foreign.joined(separator: ", "))", "run reseal as that user, always the same one")
    }
    return .ok("permissions", "database and key are readable by their owner only")
  }

  private var privateFiles: [String] {
    var paths = ["", "-wal", "-shm", ".spool"].map { database + $0 }
    if let keyFile { paths.append(keyFile) }
    return paths
  }

  private var keyFile: String? {
    switch rootKey {
    case .file(let path), .passphrase(let path?), .recovery(let path): path
    case .environment, .systemd, .passphrase(nil), .command: nil
    }
  }

  private func keyPlace() -> Finding? {
    guard let keyFile else { return .ok("root key", "it is not a file beside the database") }
    guard Self.folder(keyFile) == Self.folder(database) else {
      return .ok("root key", "it lies in another folder than the database; keep them in different backups, too")
    }
    return .warn(
      "root key", "it lies in the database's folder: a backup of that folder is the vault in clear",
      "reseal root add-slot --from file:/OTHER/FOLDER/root.key, drill it, remove the old slot and file")
  }

  /// Replies that the database could not take.
  private static func waiting(_ spool: SpoolReport) -> Finding {
    spool.remedy.map { .warn("spool", spool.summary, $0) } ?? .ok("spool", spool.summary)
  }

  private func diskSpace() -> Finding {
    var space = statvfs()
    guard statvfs(Self.folder(database), &space) == 0 else {
      return .fail("disk", "the database's folder cannot be looked at", "does \(Self.folder(database)) exist?")
    }
    let free = (UInt64(space.f_bavail) * UInt64(space.f_frsize)) >> 20
    let remedy = "make room: a refresh whose answer cannot be stored may lose its grant"
    if free < 64 { return .fail("disk", "\(free) MiB are free", remedy) }
    if free < 1024 { return .warn("disk", "\(free) MiB are free", remedy) }
    return .ok("disk", "\(free) MiB are free")
  }

  /// Whoever writes provider files decides which hosts get client secrets and tokens.
  private func providersFolder() -> Finding? {
    guard let providers else { return nil }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: providers)) ?? []
    let open = ([providers] + names.map { "\(providers)/\($0)" }).filter { path in
      Self.status(path).map { $0.st_mode & 0o022 != 0 } ?? false
    }
    guard open.isEmpty else {
      return .fail("providers", "others can write \(open.joined(separator: ", "))", "chmod go-w: these files say where secrets go")
    }
    return .ok("providers", "nobody else can write \(providers)")
  }

  private func address() -> Finding {
    publicURL == nil
      ? .warn("public URL", "none is set: renew links are missing from answers", "set RESEAL_PUBLIC_URL where the server runs")
      : .ok("public URL", "links begin with \(publicURL ?? "")")
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }

  private static func folder(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
  }
}
