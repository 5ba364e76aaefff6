import ArgumentParser
import Catalogue
import Custody
import Foundation
import Glibc
import OAuth
import Renewal
import Reseal
import Storage

/// The exit codes, everywhere the same.
enum ExitStatus: Int32 {
  case done = 0
  case local = 1
  case refused = 2
  case locked = 3
  case integrity = 4
  case partly = 5
  case humanNeeded = 6
}

/// A command's own way to end with a code, and a line that says why.
struct CommandFailure: Error {
  let status: ExitStatus
  let message: String?

  init(_ status: ExitStatus, _ message: String? = nil) {
    self.status = status
    self.message = message
  }
}

/// How the process ends: the one exhaustive map from errors to exit codes.
struct Ending {
  let status: ExitStatus
  private let message: String?

  init(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: (status, message) = (failure.status, failure.message)
    case let error as CustodyError: (status, message) = (Self.status(of: error), Explanation.text(of: error))
    case let error as StorageError: (status, message) = (Self.status(of: error), Explanation.text(of: error))
    case let problem as AuditProblem: (status, message) = (.integrity, problem.message)
    case let error as CatalogueError: (status, message) = (.local, Explanation.text(of: error))
    case let error as KeyError: (status, message) = (.local, error.message)
    case let error as ConnectRefusal: (status, message) = (.refused, error.message)
    case let error as CredentialRefusal: (status, message) = (.refused, error.message)
    default:
      let text = RootCommand.fullMessage(for: error)
      (status, message) = RootCommand.exitCode(for: error).isSuccess ? Self.show(text) : (.local, text)
    }
  }

  func leave() -> Never {
    if let message {
      let isWhole = message.hasPrefix("Error:") || message.hasPrefix("Usage:")
      isWhole ? Notice.line(message) : Notice.say(message)
    }
    exit(status.rawValue)
  }

  /// Prints what was asked for, such as help.
  private static func show(_ text: String) -> (ExitStatus, String?) {
    do throws(CommandFailure) {
      try Output.line(text)
      return (.done, nil)
    } catch {
      return (error.status, error.message)
    }
  }

  private static func status(of error: CustodyError) -> ExitStatus {
    switch error {
    case .locked: .locked
    case .integrity: .integrity
    case .notFound, .refused, .superseded: .refused
    }
  }

  private static func status(of error: StorageError) -> ExitStatus {
    switch error {
    case .schemaTampered, .malformedRow, .dangling, .corrupt, .replaced: .integrity
    case .missing, .exists, .unfinished, .foreignSchema, .busy, .unwritable, .inaccessible, .conflict, .engine: .local
    }
  }
}
