import ArgumentParser
import Foundation
import Glibc
import Logging
import Reseal

/// `reseal`: nouns, then verbs.
struct RootCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reseal",
    abstract: "Keeps the credentials of your customers' integrations sealed, fresh and repairable.",
    discussion: """
      Exit codes: 0 done; 1 usage or local error; 2 refused or not found; 3 vault locked; 4 integrity failure; \
      5 partly done, safe to run again; 6 done, but a human is needed.
      """,
    version: "0.1.0",
    subcommands: [
      InitCommand.self, StatusCommand.self, DoctorCommand.self, VerifyCommand.self, ServeCommand.self, SandboxCommand.self,
      WorkspaceCommand.self, CertificateCommand.self, ConnectorCommand.self, ProviderCommand.self,
      AccessKeyCommand.self, CustomerCommand.self, IntegrationCommand.self, CredentialCommand.self, RefreshCommand.self, KeyCommand.self,
      RootKeyCommand.self, AuditCommand.self, BackupCommand.self,
    ])
}

@main
enum Entry {
  static func main() async {
    StandardDescriptors.hold()
    // What cannot be written is an error where it is written, not an end.
    for signal in [SIGPIPE, SIGXFSZ] { Glibc.signal(signal, SIG_IGN) }
    guard ProcessProtection.hardened.apply() else {
      Ending(CommandFailure(.local, "this process cannot be protected from core dumps")).leave()
    }
    LoggingSystem.bootstrap(logHandler)
    do {
      var command = try RootCommand.parseAsRoot()
      if command is ServeCommand { WipingHeap.begin() }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Ending(error).leave()
    }
  }

  /// Lines on standard error; `RESEAL_LOG` sets the level.
  private static func logHandler(_ label: String) -> any LogHandler {
    var handler = StreamLogHandler.standardError(label: label)
    handler.logLevel = Environment.value("RESEAL_LOG").flatMap { Logger.Level(rawValue: $0) } ?? .warning
    return handler
  }
}
