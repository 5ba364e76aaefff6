import Catalogue
import Renewal
import Storage

/// The pages of an attempt, in the order in which a customer meets them.
enum AttemptPages {
  /// Shown in the window while the page that opened it posts the secret.
  static let opening = Page(
    title: "One moment", kind: "opening", content: "<h1>One moment…</h1><p class=\"quiet\">The connection is being prepared.</p>")

  /// The first page: goes on by itself if the opener vouches for the window, else says who is asking for what.
  static func ticket(_ visit: AttemptVisit, path: String) -> Page {
    Page(
      title: "Connect \(visit.provider.name)", kind: "ticket", attempt: visit.attempt.attempt.text,
      opener: visit.attempt.openerOrigin ?? "",
      content: """
        <h1>\(visit.workspaceName) asks to connect \(visit.provider.name)</h1>
        <form id="continue" method="post" action="\(path)/continue">
        <input type="hidden" name="token" value="\(visit.formToken)">
        <input type="hidden" name="verifier" value="">
        </form>
        \(question(visit))
        <noscript>\(button(visit))</noscript>
        """)
  }

  private static func question(_ visit: AttemptVisit) -> Markup {
    """
    <section id="ask" hidden>
    <p>The connection will belong to customer <span class="account">\(visit.customer)</span> of \(visit.workspaceName). \
    Go on only if you asked for this yourself. If somebody sent you this link, close the window.</p>
    \(button(visit))
    </section>
    """
  }

  private static func button(_ visit: AttemptVisit) -> Markup {
    "<button type=\"submit\" form=\"continue\" name=\"consent\" value=\"yes\">Continue to \(visit.provider.name)</button>"
  }

  /// Takes the browser to the provider. A page, not a redirect: browsers hold redirects after a form to the page's
  /// `form-action`, and providers send people on to hosts that nobody can list.
  static func leaving(to url: String) -> Page {
    Page(
      title: "One moment", kind: "leaving", destination: url,
      content: "<h1>One moment…</h1><p><a href=\"\(url)\" rel=\"noreferrer\">Continue</a></p>")
  }

  /// The hosted form for keys and passwords.
  static func form(_ visit: AttemptVisit, path: String, problem: String?) -> Page {
    Page(
      title: "Connect \(visit.provider.name)", kind: "form", attempt: visit.attempt.attempt.text,
      opener: visit.attempt.openerOrigin ?? "",
      content: """
        <h1>Connect \(visit.provider.name)</h1>
        \(problem.map { "<p class=\"error\">\($0)</p>" as Markup } ?? "")
        <section id="ask" hidden><p>\(visit.workspaceName) asks for this, for customer \
        <span class="account">\(visit.customer)</span>. Go on only if you asked for it yourself.</p></section>
        <form method="post" action="\(path)/submit" autocomplete="off">
        <input type="hidden" name="token" value="\(visit.formToken)">
        <input type="hidden" name="verifier" value="">
        <input type="hidden" name="consent" value="yes">
        \(visit.provider.fields.map(field))
        <noscript><p class="error">This form needs JavaScript.</p></noscript>
        <button type="submit" disabled>Connect</button>
        </form>
        """)
  }

  private static func field(_ field: FormField) -> Markup {
    """
    <label for="field-\(field.name)">\(field.label)</label>
    <input id="field-\(field.name)" name="\(field.name)" type="\(field.secret ? "password" : "text")" required \
    placeholder="\(field.hint ?? "")" autocomplete="off">

    """
  }

  /// The last page: connected, or what went wrong and that nothing was changed.
  static func end(_ end: AttemptEnd) -> Page {
    Page(
      title: end.failure == nil ? "Connected" : "Not connected", kind: "done", attempt: end.attempt.attempt.text,
      opener: end.attempt.openerOrigin ?? "", result: end.failure == nil ? "completed" : "failed",
      content: end.failure.map { failure($0, end) }
        ?? "<h1 class=\"good\">Connected</h1><p>You can close this window.</p>")
  }

  private static func failure(_ failure: AttemptFailure, _ end: AttemptEnd) -> Markup {
    """
    <h1 class="error">Not connected</h1>
    <p>\(failure.message)</p>
    \(failure == .wrongAccount ? accounts(end) : "")
    <p>\(end.attempt.purpose == .renewal ? "The existing connection is as it was: nothing was changed." : "Nothing was stored.")</p>
    <p class="quiet">Close this window to go back and try again.</p>
    """
  }

  private static func accounts(_ end: AttemptEnd) -> Markup {
    guard let connected = end.connectedAccount, let offered = end.offeredAccount else { return "" }
    return """
      <p>Connected is <span class="account">\(connected)</span>; you signed in as \
      <span class="account">\(offered)</span>. Sign in with the first one to repair the connection.</p>
      """
  }

  /// A link or answer that leads nowhere.
  static func refusal(_ error: APIError) -> Page {
    Page(
      title: "This did not work", kind: "refusal",
      content: "<h1 class=\"error\">This did not work</h1><p>\(error.message)</p>")
  }
}
