"""The customer grants access, and what they granted is sealed."""

from .database import occurrences


def connect(story):
    """the customer clicks Connect, signs in as alice, clicks Allow"""
    story.sandbox.turn(access_token_lifetime=60)
    story.start_server()
    story.check(story.vault.get("/readyz").status == 200, f"the server is ready at {story.public_url}")

    customer = story.open_page()
    window = customer.click("connect")
    window.wait_for_selector("#allow")
    story.check(window.url.startswith(story.sandbox.base), "the window came to the provider; nobody had to be asked twice")
    customer.allow(window, "alice")

    story.check(customer.outcome() is True, "connect() resolved true")
    ready = customer.hears("READY")
    customer.hears("IMPORT_DONE")
    heard = customer.runs[0]["heard"]
    story.check([event["type"] for event in heard] == ["READY", "IMPORT_DONE"], "the callback heard READY, then IMPORT_DONE")
    story.check(all(event["status"] == event["type"] for event in heard), "each under type and status alike")
    story.integration = ready["integration_id"]
    story.check(story.integration, f"integration {story.integration}")
    customer.wait("the window to close", window.is_closed, 5)
    story.check(True, "the window closed by itself")
    secret = story.secret()
    story.check(not any(secret in url for url in customer.requested), "the connect secret stood in no address")


def sealed(story):
    """the credential is sealed under (workspace, customer, integration)"""
    [row] = story.database.rows("SELECT * FROM credentials WHERE integration = ?", story.integration)
    [owner] = story.database.rows("SELECT * FROM integrations WHERE integration = ?", story.integration)
    story.check(
        (owner["workspace"], owner["customer"]) == (story.workspace, story.customer_id),
        f"it belongs to {story.customer_id} in the workspace",
    )
    story.check(len(row["header"]) == 168 and row["generation"] == 1, "format v1: a sealed header of 168 bytes, generation 1")
    story.check(len(row["payload"]) > 64 and len(row["mac"]) >= 16, "a payload of its own, a MAC over the row")

    token = story.cli.run(
        "credential", "get", story.integration, "--workspace", story.workspace, "--reveal", "--format", "json"
    ).record["access_token"]
    files = [*story.database.files, story.server.log]
    names = ", ".join(path.name for path in files)
    story.check(not occurrences(token, files), f"the token stands nowhere (raw, hex, base64) in {names}")
    verified = story.cli.run("verify")
    story.check(verified.code == 0, "reseal verify finds every row whole")
