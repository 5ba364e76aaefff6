import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A hosted page: what its script needs to know, and what a person sees.
struct Page: Sendable {
  let title: String
  /// What the script does with it: `opening`, `ticket`, `form`, `leaving`, `done`, `refusal`.
  let kind: String
  var attempt = ""
  /// The page that may vouch for this window, or be told that it is over.
  var opener = ""
  var result = ""
  /// Where the browser goes by itself.
  var destination: String?
  let content: Markup

  func response(status: HTTPResponse.Status = .ok) -> Response {
    var response = Response.bytes(ByteBuffer(string: markup.text), type: "text/html; charset=utf-8", status: status)
    response.headers[.contentSecurityPolicy] = Self.policy
    response.headers[.referrerPolicy] = "no-referrer"
    return response
  }

  /// No inline script, no frame. There is no `Cross-Origin-Opener-Policy`: it would cut the tie to the opener.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  private var markup: Markup {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    \(refresh)<link rel="stylesheet" href="/connect/page.css">
    <script type="module" src="/connect/page.js"></script>
    </head>
    <body data-page="\(kind)" data-attempt="\(attempt)" data-opener="\(opener)" data-result="\(result)">
    <main>
    \(content)
    </main>
    </body>
    </html>

    """
  }

  private var refresh: Markup {
    guard let destination else { return "" }
    return "<meta http-equiv=\"refresh\" content=\"0;url=\(destination)\">\n"
  }
}
