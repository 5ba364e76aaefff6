import ArgumentParser
import Broker
import Custody
import Foundation
import Reseal
import Sandbox
import Sealing

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the HTTP API, the hosted pages and the SDK; refresh ahead of expiry.")

  @OptionGroup var vault: VaultOptions
  @Option(help: "HOST:PORT; port 0 takes a free one.") var listen = ListenAddress(host: "127.0.0.1", port: 8080)
  @Option(help: "Write the base URL to this file once the server listens.") var readyFile: String?
  @Flag(inversion: .prefixedNo, help: "Refresh ahead of expiry.") var scheduler = true

  func run() async throws {
    guard listen.isLoopback else {
      throw CommandFailure(.local, "the server binds loopback only for now: put a proxy with TLS in front of it")
    }
    let assembly = try await Assembly.open(try vault.assemblyOptions())
    var options = BrokerOptions(host: listen.host, port: listen.port)
    options.schedules = scheduler
    let ready = Readiness(file: readyFile)
    do {
      try await BrokerServer(assembly: assembly, options: options).run { ready.announce($0) }
    } catch {
      throw CommandFailure(.local, "the server cannot listen on \(listen.host):\(listen.port): \(error)")
    }
  }
}

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox", abstract: "Run an OAuth provider to try, test and break (docs/sandbox.md).")

  @Option(help: "HOST:PORT; port 0 takes a free one.") var listen = ListenAddress(host: "127.0.0.1", port: 8765)
  @Option(help: "Seconds.") var accessTokenLifetime = 60
  @Option(help: "The client that may connect.") var clientID = "sandbox-client"
  @Option(help: "Its secret, in a file or - for standard input; sandbox-secret without it.") var clientSecretFile: String?
  @Option(help: "Make the same codes and tokens in every run.") var seed: UInt64?
  @Option(help: "Write the base URL to this file once the sandbox listens.") var readyFile: String?
  @Option(help: "Write the provider files for this very address to this folder.") var providerOut: String?

  func run() async throws {
    var options = SandboxOptions(
      listen: listen.host, port: listen.port, accessTokenLifetime: accessTokenLifetime, clientID: clientID,
      seed: seed, stopsOnSignals: true)
    if let clientSecretFile {
      options.clientSecret = try SecretInput.read(clientSecretFile).withBytes { String(decoding: $0, as: UTF8.self) }
    }
    let ready = Readiness(file: readyFile)
    let folder = providerOut
    let lifetime = accessTokenLifetime
    try await SandboxServer(options: options).run { base in
      do {
        if let folder { try SandboxDescription(base: base, accessTokenLifetime: lifetime).write(to: folder) }
      } catch {
        Notice.say("the provider files could not be written to \(folder ?? "")")
      }
      ready.announce(base)
    }
  }
}

/// Tells people, and scripts, that something listens.
struct Readiness: Sendable {
  let file: String?

  /// The file appears whole or not at all.
  func announce(_ base: String) {
    if let file {
      do { try Data((base + "\n").utf8).write(to: URL(fileURLWithPath: file), options: .atomic) } catch {
        Notice.say("\(file) could not be written")
      }
    }
    do throws(CommandFailure) { try Output.line("listening on \(base)") } catch { Notice.say(error.message ?? "") }
  }
}

/// `HOST:PORT`.
struct ListenAddress: ExpressibleByArgument, Sendable {
  let host: String
  let port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    host = argument[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    self.port = port
  }

  var defaultValueDescription: String { "\(host):\(port)" }

  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
