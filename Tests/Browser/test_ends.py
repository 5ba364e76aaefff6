"""Sessions, reports and ends over HTTP, to a real server: connected by a session, repaired by a session, deleted for good."""

import pytest
from story.steps_init import init
from story.story import Story
from story.transcript import wait_until
from story.wire import Client

ELSEWHERE = "99999999-2222-4333-8aaa-eeeeeeeeeeee"


@pytest.fixture(scope="module")
def story(chromium):
    with Story(chromium=chromium) as story:
        init(story)
        story.sandbox.turn(access_token_lifetime=3600)
        story.start_server()
        key = story.cli.run("access-key", "create", "--workspace", story.workspace, "--role", "write", "--format", "json")
        story.backend = Client(story.public_url, key.record["access_key"])
        story.company.secret = lambda integration=None: session(story, integration)["token"]
        yield story


def session(story, integration=None):
    body = {"integration_id": integration} if integration else {"connector": "sandbox", "customer": story.customer_id}
    reply = story.backend.post("/v1/connect/sessions", body | {"state": "order 7"})
    assert reply.status == 201, reply.text
    assert set(reply.json) == {"token", "url", "expires_at"}
    return reply.json


def test_a_session_connects_in_the_place_of_a_secret(story):
    customer = story.open_page()
    customer.connect("alice")
    assert customer.outcome() is True
    story.integration = customer.hears("READY")["integration_id"]
    assert not any("rcs_" in url for url in customer.requested)
    events = story.vault.get("/v1/events").json["events"]
    assert [(event["type"], event.get("munity_name"), event["payload"].get("client_state")) for event in events] == [
        ("integration.pending", None, "order 7"),
        ("integration.ready", "integration_installed", "order 7"),
        ("integration.import_done", "integration_import_done", "order 7"),
    ]


def test_a_session_repairs(story):
    customer = story.customer
    customer.connect("alice", button="repair")
    assert customer.outcome() is True
    assert story.fetch().json["version"] == 2


@pytest.mark.parametrize("switches, words", [
    ({"omit_refresh_token": True}, "no lasting access"), ({"fail_token": 502}, "in trouble"),
    ({"html_body": True}, "brought no access"),
], ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
def test_the_page_says_what_happened(story, switches, words):
    story.sandbox.turn(**switches)
    try:
        window = story.customer.connect("alice", button="repair")
        assert story.customer.outcome() is not True
        window.wait_for_selector("h1.error")
        text = window.inner_text("body")
        assert words in text and "nothing was changed" in text
        assert window.locator(".account").count() == 0 and "another account" not in text
        window.close()
    finally:
        story.sandbox.turn(**{name: type(value)() for name, value in switches.items()})
    assert story.fetch().json["version"] == 2


def test_the_link_of_a_session_leaves_the_address_at_the_first_hop(story):
    made = session(story, story.integration)
    assert made["url"] == f"{story.public_url}/session/{made['token']}"
    reply = story.vault.get(f"/session/{made['token']}")
    assert reply.status == 303
    assert reply.headers["Location"].startswith("/connect/")
    assert made["token"] not in reply.headers["Location"]
    assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_sessions_need_their_role_and_their_integration(story):
    assert story.vault.post("/v1/connect/sessions", {"integration_id": story.integration}).status == 403
    assert Client(story.public_url).post("/v1/connect/sessions", {}).status == 401
    for body, status in (({}, 400), ({"integration_id": ELSEWHERE}, 404), ({"connector": "none", "customer": "c"}, 404)):
        assert story.backend.post("/v1/connect/sessions", body).status == status, body


def test_a_report_is_looked_into(story):
    path = f"/v1/integrations/{story.integration}/report"
    assert story.vault.post(path, {"version": 1}).json["verdict"] == "superseded"
    reply = story.vault.post(path)
    assert (reply.status, reply.json["verdict"], reply.json["integration"]["version"]) == (200, "working", 3)
    assert story.vault.post(path).json["integration"]["version"] == 3, "once per lead time"
    assert story.vault.post(f"/v1/integrations/{ELSEWHERE}/report").status == 404


def test_links_for_all_that_need_one(story):
    here = ["integration", "link", "--workspace", story.workspace, "--public-url", story.public_url]
    assert story.cli.run(*here, "--state", "needs_reauthorization").text == ""
    story.backend.post(f"/v1/integrations/{story.integration}/disconnect")
    [line] = story.cli.run(*here, "--state", "revoked", "--connector", "sandbox").text.splitlines()
    integration, customer, url = line.split()
    assert (integration, customer) == (story.integration, story.customer_id)
    assert url.startswith(f"{story.public_url}/renew/")
    [record] = story.cli.run(*here, "--state", "revoked", "--format", "json").records
    assert set(record) == {"integration", "customer", "url"}
    first = story.cli.run(*here, "--customer", "customer_9", "--connector", "sandbox").text.strip()
    assert first.startswith(f"{story.public_url}/session/rcs_")
    story.cli.run(*here, "--customer", "customer_9", code=1)


def test_the_server_tells_the_provider_of_an_end(story):
    customer = story.customer
    customer.connect("alice", button="repair")
    assert customer.outcome() is True
    told = story.sandbox.statistics["revocations"]
    reply = story.backend.post(f"/v1/integrations/{story.integration}/disconnect")
    assert (reply.status, reply.json["state"]) == (200, "revoked")
    wait_until("the provider to be told", lambda: story.sandbox.statistics["revocations"] > told, 10)


def test_deleted_is_gone_for_good(story):
    path = f"/v1/integrations/{story.integration}"
    reply = story.backend.send("DELETE", path)
    assert (reply.status, reply.json["state"]) == (200, "deleted")
    put = {"kind": "api_key", "fields": {"api_key": "k"}}
    for answer in (
        story.fetch(), story.backend.send("PUT", f"{path}/credential", put), story.backend.post(f"{path}/refresh"),
        story.backend.post(f"{path}/report"), story.backend.post(f"{path}/disconnect"),
        story.backend.post("/v1/connect/sessions", {"integration_id": story.integration}),
    ):  # fmt: skip
        assert (answer.status, answer.error[0]) == (410, "deleted"), answer.text
    assert story.backend.send("DELETE", path).status == 200
    assert story.vault.get("/v1/integrations").json["integrations"] == []
    assert story.database.rows("SELECT count(*) FROM credentials")[0][0] == 0
    story.cli.run("verify")


def test_what_is_not_there_is_one_answer(story):
    unknown = story.backend.send("DELETE", f"/v1/integrations/{ELSEWHERE}")
    nobody = story.backend.send("DELETE", "/v1/customers/nobody")
    nonsense = story.backend.send("DELETE", "/v1/integrations/nonsense")
    assert {reply.status for reply in (unknown, nobody, nonsense)} == {404}
    assert unknown.text == nobody.text == nonsense.text


def test_a_customer_is_deleted_with_all_they_have(story):
    put = {"kind": "api_key", "fields": {"api_key": "k"}, "connector": "sandbox", "customer": "customer_7"}
    assert story.backend.send("PUT", f"/v1/integrations/{ELSEWHERE}/credential", put).status == 200
    assert "customer_7" in story.cli.run("customer", "list").text
    assert "nothing was changed" in story.cli.run("customer", "delete", "customer_7", "--dry-run").text
    assert story.backend.send("DELETE", "/v1/customers/customer_7").json == {"deleted": 1}
    assert "customer_7" not in story.cli.run("customer", "list").text
    story.cli.run("customer", "delete", "nobody", "--yes", code=2)
    story.cli.run("integration", "delete", ELSEWHERE, "--yes")
