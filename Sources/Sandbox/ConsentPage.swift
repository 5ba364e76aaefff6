/// The page that asks a person whether a client may have what it asks for, and as whom.
struct ConsentPage {
  let root: String
  let request: AuthorizationRequest
  let selected: Account

  var html: HTML {
    Layout(
      title: "Sandbox: allow access?", root: root,
      content: """
        <p class="brand">Sandbox</p>
        <h1>Allow <strong>\(request.clientID)</strong> to use your account?</h1>
        <form method="post" action="\(root)/authorize">
        \(carried)
        <fieldset>
        <legend>Sign in as</legend>
        \(Account.all.map(choice))
        </fieldset>
        <h2>It asks for</h2>
        \(scopes)
        <p class="buttons">
        <button id="allow" class="primary" name="decision" value="allow">Allow</button>
        <button id="deny" name="decision" value="deny">Deny</button>
        </p>
        </form>
        <p class="note">Then you return to <code>\(request.redirectURI)</code></p>
        """
    ).html
  }

  /// The request itself, to come back with the decision.
  private var carried: [HTML] {
    let fields: KeyValuePairs<String, String?> = [
      "response_type": "code", "client_id": request.clientID, "redirect_uri": request.redirectURI,
      "scope": request.scopes.joined(separator: " "), "state": request.state,
      "code_challenge": request.challenge?.text, "code_challenge_method": request.challenge.map { _ in "S256" },
    ]
    return fields.compactMap { name, value in
      value.map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" }
    }
  }

  private func choice(_ account: Account) -> HTML {
    """
    <label><input type="radio" name="account" value="\(account.name)"\("checked", if: account == selected)>
    \(account.givenName) <small>\(account.email), tenant \(account.tenant)</small></label>
    """
  }

  private var scopes: HTML {
    request.scopes.isEmpty
      ? "<p>No scopes: only to know who you are.</p>"
      : "<ul>\(request.scopes.map { "<li><code>\($0)</code></li>" as HTML })</ul>"
  }
}

/// The page for a request that must not be answered by a redirect.
struct RefusalPage {
  let root: String
  let reason: String

  var html: HTML {
    Layout(
      title: "Sandbox: refused", root: root,
      content: """
        <p class="brand">Sandbox</p>
        <h1>This request is refused</h1>
        <p>\(reason)</p>
        <p class="note">You were not sent back, since the address to return to cannot be trusted.</p>
        """
    ).html
  }
}
