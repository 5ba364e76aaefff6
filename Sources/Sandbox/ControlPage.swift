import Foundation

/// The page on which a person watches the sandbox and breaks it.
struct ControlPage: Sendable {
  let baseURL: String
  let root: String
  let grants: [Grant]
  let statistics: Statistics
  let switches: Switches
  let now: Date

  var html: HTML {
    Layout(
      title: "Sandbox", root: root,
      content: """
        <p class="brand">Sandbox</p>
        <h1>An OAuth provider to break</h1>
        <p>Issuer <code>\(baseURL)</code>. Provider files:
        <a href="\(root)/provider.yaml">provider.yaml</a>, <a href="\(root)/provider-key.yaml">provider-key.yaml</a>.</p>
        <h2>Grants</h2>
        \(grantTable)
        <div class="buttons">
        \(button("Expire all", "/grants/expire")) \(button("Revoke all", "/grants/revoke"))
        \(button("Reset everything", "/reset"))
        </div>
        <h2>Switches</h2>
        <form method="post" action="\(root)/switches">
        <table>\(Switch.all.map(row))</table>
        <p class="buttons"><button class="primary">Set switches</button></p>
        </form>
        <h2>Counters</h2>
        <table>\(counters.map { "<tr><td>\($0.0)</td><td class=\"number\">\($0.1)</td></tr>" as HTML })</table>
        """
    ).html
  }

  private var grantTable: HTML {
    guard !grants.isEmpty else { return "<p>None yet.</p>" }
    return """
      <table>
      <tr><th>Grant</th><th>Account</th><th>Tenant</th><th>Scopes</th><th>Issued (UTC)</th><th>Access until</th>
      <th>Refreshes</th><th>State</th><th></th></tr>
      \(grants.map(row))
      </table>
      """
  }

  private func row(_ grant: Grant) -> HTML {
    """
    <tr><td class="name">\(grant.id)</td><td>\(grant.account.name)</td><td>\(grant.account.tenant)</td>
    <td>\(grant.scopes.joined(separator: " "))</td><td>\(Self.time(grant.issuedAt))</td>
    <td>\(Self.time(grant.accessExpiresAt))</td><td class="number">\(grant.refreshes)</td><td>\(state(of: grant))</td>
    <td>\(button("Expire", "/grants/\(grant.id)/expire")) \(button("Revoke", "/grants/\(grant.id)/revoke"))</td></tr>
    """
  }

  private func state(of grant: Grant) -> String {
    if grant.isRevoked { return "revoked" }
    return grant.accessExpiresAt <= now ? "access expired" : "alive"
  }

  private func row(_ each: Switch) -> HTML {
    """
    <tr><td><label for="\(each.name)"><code>\(each.name)</code></label></td><td>\(field(each))</td>
    <td>\(each.meaning)</td></tr>
    """
  }

  private func field(_ each: Switch) -> HTML {
    if case .choice(_, let words) = each.dial { return select(each, words) }
    return switch each.value(in: switches) {
    case .number(let number): "<input type=\"number\" id=\"\(each.name)\" name=\"\(each.name)\" value=\"\(number)\">"
    case .flag(let isOn):
      "<input type=\"checkbox\" id=\"\(each.name)\" name=\"\(each.name)\" value=\"on\"\("checked", if: isOn)>"
    case .text(let text): "<input id=\"\(each.name)\" name=\"\(each.name)\" value=\"\(text)\">"
    case .null: ""
    }
  }

  private func select(_ each: Switch, _ words: [String]) -> HTML {
    let chosen = each.value(in: switches)
    let options = words.map { word -> HTML in
      "<option value=\"\(word)\"\("selected", if: chosen == .text(word))>\(word)</option>"
    }
    return "<select id=\"\(each.name)\" name=\"\(each.name)\">\(options)</select>"
  }

  private func button(_ title: String, _ action: String) -> HTML {
    "<form class=\"action\" method=\"post\" action=\"\(root)\(action)\"><button>\(title)</button></form>"
  }

  private var counters: [(String, Int)] {
    [
      ("authorizations allowed", statistics.authorizations), ("authorizations denied", statistics.denials),
      ("codes exchanged", statistics.codeExchanges), ("codes used again", statistics.codesReused),
      ("refreshes", statistics.refreshes), ("refreshes in the grace window", statistics.refreshesInGrace),
      ("refreshes of dead tokens", statistics.refreshesOfDeadTokens),
      ("refreshes after the end", statistics.refreshesAfterEnd),
      ("families revoked", statistics.familiesRevoked), ("revocations", statistics.revocations),
      ("whoami", statistics.whoami), ("token requests", statistics.tokenRequests),
      ("token requests in flight", statistics.requestsInFlight),
    ]
  }

  private static func time(_ date: Date) -> String {
    date.formatted(.iso8601.time(includingFractionalSeconds: false))
  }
}
