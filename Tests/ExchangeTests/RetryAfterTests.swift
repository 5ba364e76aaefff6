import Foundation
import Testing

@testable import Exchange

struct RetryAfterTests {
  private static let sent = "Wed, 21 Oct 2026 07:28:00 GMT"

  @Test(arguments: [
    ("0", "0"), ("30", "30"), (" 30 ", "30"), ("-1", nil), ("soon", nil), ("", nil), ("1.5", nil),
    ("Wed, 21 Oct 2026 07:29:30 GMT", "90"), ("Wednesday, 21-Oct-26 07:29:30 GMT", "90"),
    ("Wed Oct 21 07:29:30 2026", "90"), ("Wed, 21 Oct 2026 07:00:00 GMT", "0"), ("99999999999999999999", nil),
  ] as [(String, String?)])
  func secondsHoweverTheyAreSaid(_ value: String, _ seconds: String?) {
    #expect(RetryAfter.seconds(value, sentAt: Self.sent) == seconds)
  }

  @Test(arguments: [nil, "yesterday"]) func withoutADateOfItsOwnItCountsFromNow(_ date: String?) {
    let now = Date(timeIntervalSince1970: 1_792_567_680)
    #expect(RetryAfter.seconds("Wed, 21 Oct 2026 07:29:30 GMT", sentAt: date, now: now) == "90")
  }
}
