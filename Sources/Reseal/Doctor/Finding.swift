import Custody

/// What one check found, and what to do about it.
package struct Finding: Sendable, Equatable {
  package enum Level: String, Sendable, CaseIterable { case ok, warn, fail }

  /// What was looked at: one noun.
  package let check: String
  package let level: Level
  package let message: String
  package let remedy: String?

  package static func ok(_ check: String, _ message: String) -> Finding {
    Finding(check: check, level: .ok, message: message, remedy: nil)
  }

  package static func warn(_ check: String, _ message: String, _ remedy: String) -> Finding {
    Finding(check: check, level: .warn, message: message, remedy: remedy)
  }

  package static func fail(_ check: String, _ message: String, _ remedy: String) -> Finding {
    Finding(check: check, level: .fail, message: message, remedy: remedy)
  }
}

/// What the checks of a doctor need to know.
package struct Surroundings: Sendable {
  package let database: String
  package let rootKey: RootKeySource
  package let providers: String?
  package let publicURL: String?

  package init(_ options: AssemblyOptions) {
    database = options.database
    rootKey = options.rootKey
    providers = options.providers
    publicURL = options.publicURL
  }
}
