"""A grant dies; the customer comes back and repairs it in place."""

import json

from .transcript import StoryError, wait_until


def revoke(story):
    """the provider revokes the grant: the vault says so, everywhere"""
    story.check(story.sandbox.revoke("alice") >= 1, "the sandbox revoked alice's grant")

    def refused():
        reply = story.fetch()
        if reply.status not in (200, 409):
            raise StoryError(f"the fetch answered {reply.status} {reply.error[0]}, neither 200 nor 409")
        return reply if reply.status == 409 else None

    reply = wait_until("a fetch to find out", refused, deadline=30, pause=0.5)
    story.check(reply.error[0] == "needs_reauthorization", "the fetch answers 409 needs_reauthorization")
    link = reply.json["error"].get("renew_url", "")
    story.check(link.startswith(f"{story.public_url}/renew/"), "with a link that repairs it")
    story.check(story.state() == "needs_reauthorization", "the integration's state says so")

    events = story.vault.get("/v1/events?after=0").json["events"]
    mine = [event["type"] for event in events if event["integration_id"] == story.integration]
    story.check("integration.needs_reauthorization" in mine, f"the outbox holds it, the last of {len(mine)} events")
    event = story.customer.hears("NEEDS_REAUTHORIZATION", run=0)
    story.check(event["integration_id"] == story.integration, "the page heard NEEDS_REAUTHORIZATION on its stream")
    told = json.dumps(event)
    story.check("http" not in told and "@" not in told, "in state words only: no link, no account")


def renew(story):
    """the customer repairs it: first as the wrong account, then as the right one"""
    wrong_account(story)
    right_account(story)


def wrong_account(story):
    before = story.database.versions(story.integration)
    customer = story.customer
    window = customer.connect("bob", button="repair")
    outcome = customer.outcome()
    story.check(outcome is not True and outcome["code"], f"signed in as bob: connect() rejected with {outcome['code']}")
    customer.hears("error")

    window.wait_for_selector(".account")
    accounts = {text.strip() for text in window.locator(".account").all_inner_texts()}
    story.check(len(accounts) == 2 and all(accounts), f"the page names both accounts: {', '.join(sorted(accounts))}")
    story.check("nothing was changed" in window.inner_text("body").lower(), "and says that nothing was changed")
    window.close()

    story.check(story.database.versions(story.integration) == before, "the old rows are unchanged, byte for byte")
    story.check(story.state() == "needs_reauthorization", "the integration waits as before")
    count = story.database.rows("SELECT count(*) FROM integrations")[0][0]
    story.check(count == 1, "no second integration came of it")


def right_account(story):
    # Short-lived again: the crash will want a token that is near its end.
    story.sandbox.turn(access_token_lifetime=16)
    grants = {entry["grant"] for entry in history(story)}
    customer = story.customer
    window = customer.connect("alice", button="repair")
    story.check(customer.outcome() is True, "signed in as alice: connect() resolved true")
    ready = customer.hears("READY")
    story.check(ready["integration_id"] == story.integration, "READY, with the same integration id")
    customer.wait("the window to close", window.is_closed, 5)

    reply = story.fetch(valid_for=1)
    story.check(reply.status == 200, "the fetch works again")
    newest = max(history(story), key=lambda entry: entry["version"])
    story.check(newest["version"] == reply.json["version"] == story.version + 1, f"history shows version {newest['version']}")
    story.check(newest["grant"] > max(grants), f"under a new grant, {newest['grant']}")
    story.version = newest["version"]


def history(story):
    """Versions of the credential: at least `{version, grant}` each."""
    return story.cli.run("credential", "history", story.integration, "--format", "json").records
