/// Who acts: a command, a backend by its access key's prefix, the scheduler, a customer in a browser.
package struct Actor: Sendable, Hashable {
  package let name: String

  private init(_ name: String) { self.name = name }

  package static let commandLine = Actor("command-line")
  package static let library = Actor("library")
  package static let refresher = Actor("refresh")
  package static let janitor = Actor("janitor")
  package static let customer = Actor("customer")
  /// The vault itself, where a step follows from an earlier one.
  package static let vault = Actor("vault")
  package static func accessKey(_ prefix: String) -> Actor { Actor("access-key/\(prefix)") }
}
