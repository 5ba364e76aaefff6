import HTTPTypes
import Hummingbird

/// The authorization endpoint (RFC 6749 §3.1): a page that asks, and the form that it sends.
///
/// There is no session and no login: whoever sees the page may sign in as anybody.
struct AuthorizeRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.get("authorize") { request, _ in ask(FormFields.query(of: request)) }
    router.post("authorize") { request, _ in decide(try await FormFields.body(of: request)) }
  }

  private func ask(_ fields: FormFields) -> Response {
    answer(fields) { request in .page(ConsentPage(root: provider.root, request: request, selected: preselected(for: request)).html) }
  }

  /// The form carries the whole request again, so it is checked again: nothing is remembered in between.
  private func decide(_ fields: FormFields) -> Response {
    answer(fields) { request in
      guard fields["decision"] == "allow" else { return deny(request) }
      guard let chosen = fields["account"].flatMap(Account.named) else {
        return .page(RefusalPage(root: provider.root, reason: "No such account.").html, status: .badRequest)
      }
      let code = provider.visit { ledger, now in ledger.authorize(request, as: chosen, now: now) }
      return redirect(AuthorizationReply(to: request.redirectURI, state: request.state, .allowed(code: code)))
    }
  }

  private func deny(_ request: AuthorizationRequest) -> Response {
    provider.visit { ledger, _ in ledger.statistics.denials += 1 }
    let refused = AuthorizationReply.Outcome.refused(error: "access_denied", description: "the person said no")
    return redirect(AuthorizationReply(to: request.redirectURI, state: request.state, refused))
  }

  private func answer(_ fields: FormFields, _ body: (AuthorizationRequest) -> Response) -> Response {
    do throws(AuthorizationRequest.Refusal) {
      let requiresChallenge = provider.visit { ledger, _ in ledger.switches.requirePkce }
      return body(try AuthorizationRequest(fields, client: provider.client, requiresChallenge: requiresChallenge))
    } catch {
      switch error {
      case .shown(let reason): return .page(RefusalPage(root: provider.root, reason: reason).html, status: .badRequest)
      case .redirected(let reply): return redirect(reply)
      }
    }
  }

  /// The account that the page proposes: that of the switch, else the hinted one, else alice.
  private func preselected(for request: AuthorizationRequest) -> Account {
    let wrong = provider.visit { ledger, _ in ledger.switches.wrongAccount }
    return Account.named(wrong) ?? request.hint.flatMap(Account.hinted) ?? .alice
  }

  private func redirect(_ reply: AuthorizationReply) -> Response {
    .seeOther(reply.location(issuer: provider.baseURL))
  }
}
