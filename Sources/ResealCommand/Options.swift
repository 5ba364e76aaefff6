import ArgumentParser
import Custody
import Foundation
import Logging
import Renewal
import Reseal
import Storage

/// Where the vault is and what opens it.
struct VaultOptions: ParsableArguments {
  @Option(help: "The database file. Also RESEAL_DATABASE.")
  var database: String?

  @Option(
    help: """
      file:PATH, env:NAME, systemd:NAME, passphrase[:PATH], command:/ABSOLUTE/PROGRAM, or recovery:PATH. \
      Also RESEAL_ROOT_KEY.
      """)
  var rootKey: String?

  @Option(help: "A folder of provider files. Also RESEAL_PROVIDERS.")
  var providers: String?

  @Option(help: "The URL under which browsers reach the server. Also RESEAL_PUBLIC_URL.")
  var publicURL: String?

  @Flag(help: "Talk to loopback and private addresses too. Also RESEAL_ALLOW_PRIVATE_ADDRESSES=1.")
  var allowPrivateAddresses = false

  func databasePath() throws -> String {
    guard let path = database ?? Environment.value("RESEAL_DATABASE") else {
      throw CommandFailure(.local, "which vault? Give --database PATH, or set RESEAL_DATABASE")
    }
    return path
  }

  func rootKeySource() throws -> RootKeySource {
    guard let text = rootKey ?? Environment.value("RESEAL_ROOT_KEY") else {
      throw CommandFailure(.locked, "the vault is locked: give --root-key file:PATH, or set RESEAL_ROOT_KEY")
    }
    return try Self.source(text)
  }

  /// A source as it was given; the weakest of them does not go without a word.
  static func source(_ text: String) throws -> RootKeySource {
    let source: RootKeySource
    do { source = try RootKeySource(text) } catch .locked(let forms) { throw CommandFailure(.local, forms) }
    if case .environment(let name) = source {
      Notice.say("env:\(name) is the weakest source: an environment is inherited and shown to others. Prefer systemd:, command: or file:")
    }
    return source
  }

  /// Opens the vault, hands it to `body`, and closes it again.
  func withVault<R>(_ body: (Assembly) async throws -> R) async throws -> R {
    let assembly = try await Assembly.open(try assemblyOptions())
    do {
      let result = try await body(assembly)
      await assembly.shutdown()
      return result
    } catch {
      await assembly.shutdown()
      throw error
    }
  }

  func assemblyOptions() throws -> AssemblyOptions {
    var options = AssemblyOptions(
      database: try databasePath(), rootKey: try rootKeySource(), log: Logger(label: "reseal"))
    options.providers = providers ?? Environment.value("RESEAL_PROVIDERS")
    options.publicURL = try (publicURL ?? Environment.value("RESEAL_PUBLIC_URL")).map { text in
      guard let url = PublicAddress.normalized(text) else {
        throw CommandFailure(.local, "\(text) is no public URL: give https://HOST or https://HOST:PORT, without a path")
      }
      return url
    }
    options.allowsPrivateAddresses =
      allowPrivateAddresses || Environment.value("RESEAL_ALLOW_PRIVATE_ADDRESSES") == "1"
    return options
  }
}

/// Which workspace is meant.
struct WorkspaceOption: ParsableArguments {
  @Option(help: "The workspace's UUID; not needed where the vault has one only.")
  var workspace: UUID?

  func resolve(in assembly: Assembly) throws -> UUID {
    if let workspace { return workspace }
    let all = try assembly.workspaces.list()
    guard let only = all.first else {
      throw CommandFailure(.refused, "the vault has no workspace yet: reseal workspace create --name NAME")
    }
    guard all.count == 1 else {
      throw CommandFailure(.local, "the vault has \(all.count) workspaces; say which: --workspace UUID")
    }
    return only.workspace
  }
}

/// The safety catch of every destructive verb.
struct DestructionOptions: ParsableArguments {
  @Flag(help: "Say what would be done, and do nothing.")
  var dryRun = false

  @Flag(name: [.long, .short], help: "Do not ask.")
  var yes = false

  /// - Returns: whether to go on.
  func confirm(_ what: String) throws -> Bool {
    if dryRun {
      try Output.line("would \(what); nothing was changed")
      return false
    }
    if yes { return true }
    guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure(.refused, "this would \(what). Say --yes to do it") }
    try Output.write("This will \(what). Go on? [y/N] ")
    guard readLine()?.lowercased() == "y" else { throw CommandFailure(.refused, "nothing was changed") }
    return true
  }
}

extension UUID: @retroactive ExpressibleByArgument {
  public init?(argument: String) { self.init(uuidString: argument) }
}
