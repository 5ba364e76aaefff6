import Renewal
import Storage

/// The moments in which something may happen: the first refresh is due at 480 s, its claim ends 45 s later, a grace of 30 s
/// between them, a refusal may be confirmed from 540 s, the access token's end is near from 570 s and reached at 600 s.
enum Course {
  static let lifetime = Duration.seconds(600)
  static let moments = [480, 500, 530, 545, 575, 605, 670].map { Instant(milliseconds: $0 * 1000) }
  static let claim = Duration.seconds(45)
  static let needed = Duration.seconds(25)

  static func refreshAt(_ expiresAt: Instant) -> Instant? {
    RefreshSchedule.refreshAt(expiresAt: expiresAt, lifetime: lifetime, chance: 0)
  }
}
