import Foundation
import Storage

/// What a workspace decides for itself, as the JSON of its row has it. What it does not say is `nil`: the default.
package struct WorkspacePolicy: Codable, Sendable, Equatable {
  /// Refreshed versions that are kept whatever their age.
  package var keepVersions: Int?
  /// Days that everything else is kept which time makes useless.
  package var keepDays: Int?
  /// Whether each opening has an entry of its own, where repeats within a minute are counted otherwise.
  package var recordEveryOpening: Bool?

  package static let versionsRange = 1...1000
  package static let daysRange = 1...3650

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case keepVersions = "keep_versions"
    case keepDays = "keep_days"
    case recordEveryOpening = "record_every_opening"
  }
}

extension WorkspaceRow {
  package var rules: WorkspacePolicy {
    get { CanonicalJSON.value(from: policy) ?? WorkspacePolicy() }
    set { policy = CanonicalJSON.text(newValue) }
  }
}
