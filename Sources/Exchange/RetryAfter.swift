internal import Foundation

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
  /// Whole seconds as text; a date counts from when the reply says that it was sent, so that no clock of ours matters,
  /// else from now. `nil` for what is neither.
  static func seconds(_ value: String, sentAt date: String?, now: Date = Date()) -> String? {
    let value = value.trimmingCharacters(in: .whitespaces)
    if let seconds = Int(value) { return seconds >= 0 ? String(seconds) : nil }
    guard let until = parsed(value) else { return nil }
    let seconds = until.timeIntervalSince(date.flatMap(parsed) ?? now).rounded(.up)
    return String(Int(min(max(seconds, 0), 1e9)))
  }

  /// The three forms of RFC 9110 §5.6.7.
  private static func parsed(_ text: String) -> Date? {
    for format in ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"] {
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.timeZone = TimeZone(identifier: "GMT")
      formatter.dateFormat = format
      if let date = formatter.date(from: text) { return date }
    }
    return nil
  }
}
