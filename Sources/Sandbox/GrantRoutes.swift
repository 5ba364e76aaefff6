import Foundation
import HTTPTypes
import Hummingbird

/// The grants, and what their owner could do to them in a provider's settings.
struct GrantRoutes: Sendable {
  let provider: Provider

  func add(to router: Router<Conversation>) {
    router.get("grants") { _, _ in
      Response.json(provider.visit { ledger, _ in ledger.grantsInOrder.map(GrantSummary.init) })
    }
    router.post("grants/revoke") { request, _ in change(request, many(request), Self.revoke) }
    router.post("grants/expire") { request, _ in change(request, many(request), Self.expire) }
    router.post("grants/:id/revoke") { request, conversation in
      change(request, try one(conversation), Self.revoke)
    }
    router.post("grants/:id/expire") { request, conversation in
      change(request, try one(conversation), Self.expire)
    }
  }

  private typealias Change = @Sendable (inout Ledger, GrantSelection, Date) -> Int

  private static let revoke: Change = { ledger, selection, _ in ledger.revoke(selection) }
  private static let expire: Change = { ledger, selection, now in ledger.expire(selection, now: now) }

  /// `?account=` selects that account's grants; without it all are meant.
  private func many(_ request: Request) -> GrantSelection {
    FormFields.query(of: request)["account"].map(GrantSelection.account) ?? .all
  }

  private func one(_ conversation: Conversation) throws -> GrantSelection {
    .one(id: try conversation.parameters.require("id"))
  }

  /// Answers how many grants were meant. None is an error only when one was named by its id.
  private func change(_ request: Request, _ selection: GrantSelection, _ change: Change) -> Response {
    let changed = provider.visit { ledger, now in change(&ledger, selection, now) }
    if request.wantsPage { return .seeOther(provider.root + "/") }
    if case .one = selection, changed == 0 {
      return .json(ErrorBody(error: "not_found", errorDescription: "there is no such grant"), status: .notFound)
    }
    return .json(["grants": changed])
  }
}
