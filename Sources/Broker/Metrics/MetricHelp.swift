/// What is counted, in words. docs/operation.md has the same list.
enum MetricHelp {
  static func text(of name: String) -> String { texts[name] ?? "A count of this process." }

  private static let texts = [
    "reseal_refreshes_total": "Refreshes of this process by how they ended, and why.",
    "reseal_http_requests_total": "Requests by route template, method and status.",
    "reseal_http_request_seconds": "Time until the response was made, by route template.",
  ]
}
