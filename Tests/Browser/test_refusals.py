"""Bad input over HTTP, to a real server: each refused with the right status and the one error shape, and nothing changed."""

import base64
import hashlib
import time
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import forged_secrets
import pytest
from story.steps_init import init
from story.story import Story
from story.transcript import wait_until

NAMES = sorted(forged_secrets.refused(forged_secrets.new_key(2048)))
ELSEWHERE = "99999999-2222-4333-8aaa-eeeeeeeeeeee"


@pytest.fixture(scope="module")
def story(chromium):
    """A vault with one connected integration, which every refusal must leave as it is."""
    with Story(chromium=chromium) as story:
        init(story)
        story.sandbox.turn(access_token_lifetime=3600)
        story.start_server()
        customer = story.open_page()
        customer.connect("alice")
        assert customer.outcome() is True
        story.integration = customer.hears("READY")["integration_id"]
        yield story


@pytest.fixture
def unchanged(story):
    """Nothing that lasts may differ after the test: integrations that are there, and every credential row."""
    before = lasting(story)
    yield
    assert lasting(story) == before


def lasting(story):
    ready = "SELECT integration, lifecycle, current_version, grant_number FROM integrations WHERE lifecycle != 'pending'"
    return (
        [tuple(row) for row in story.database.rows(ready + " ORDER BY integration")],
        [tuple(row) for row in story.database.rows("SELECT * FROM credentials ORDER BY integration, version")],
    )


def attempt(story, secret, connector="sandbox", origin=None):
    """What the SDK sends."""
    body = {
        "connector": connector,
        "secret": secret,
        "verifier_hash": base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode(),
        "parameters": {},
    }
    return story.vault.post("/v1/connect/attempts", body, origin=origin or story.company.origin)


def assert_refused(reply, statuses, secret=None):
    code, message = reply.error
    assert reply.status in statuses, reply.text
    assert isinstance(code, str) and code, reply.text
    assert isinstance(message, str) and message, reply.text
    if secret:
        assert secret not in reply.text


@pytest.mark.parametrize("name", NAMES)
def test_secret(story, unchanged, name):
    secret = forged_secrets.refused(story.private_key.read_text())[name]
    assert_refused(attempt(story, secret), (400, 401, 403), secret)


def test_good_secret_is_the_measure(story):
    """The same request with nothing wrong in it is accepted, so the refusals above have their own reasons."""
    reply = attempt(story, story.secret())
    assert reply.status == 201, reply.text
    assert set(reply.json) >= {"attempt", "listener", "url", "expires_at"}


def test_unknown_connector(story, unchanged):
    reply = attempt(story, story.secret(), connector="nowhere")
    assert_refused(reply, (404,))
    assert reply.error[0] == "unknown_connector"


def test_unknown_workspace(story, unchanged):
    secret = forged_secrets.of_workspace(story.private_key.read_text(), ELSEWHERE)
    assert_refused(attempt(story, secret), (400, 401, 403, 404), secret)


def test_renewal_of_an_unknown_integration(story, unchanged):
    reply = attempt(story, story.company.secret(ELSEWHERE))
    assert_refused(reply, (404,))


def test_no_json(story, unchanged):
    reply = story.vault.send("POST", "/v1/connect/attempts", ["not", "an", "object"], {"origin": story.company.origin})
    assert_refused(reply, (400, 415, 422))


def test_wrong_origin(story, unchanged):
    evil = "http://evil.example"
    reply = attempt(story, story.secret(), origin=evil)
    assert_refused(reply, (403,))
    assert reply.headers.get("Access-Control-Allow-Origin") not in ("*", evil)


def test_wrong_origin_preflight(story):
    evil = "http://evil.example"
    asked = {"origin": evil, "access_control_request_method": "POST", "access_control_request_headers": "content-type"}
    reply = story.vault.send("OPTIONS", "/v1/connect/attempts", None, asked)
    assert reply.headers.get("Access-Control-Allow-Origin") not in ("*", evil)


def test_unknown_paths(story):
    assert_refused(story.vault.get("/v1/nothing"), (404,))
    assert story.vault.get("/connect/0123456789abcdef0123456789abcdef").status in (404, 410)
    assert story.vault.get("/v1/connect/streams/" + "0" * 32).status in (403, 404, 410)
    assert story.vault.get("/v1/connect/streams/" + "0" * 32 + "/result").status in (403, 404, 410)


def test_wrong_access_key(story):
    stranger = type(story.vault)(story.public_url, "rsk_not_a_key")
    assert_refused(stranger.get(f"/v1/integrations/{story.integration}/credential"), (401,))


def test_stream_wants_its_listener(story):
    """An integration's id is no secret, so it opens no stream."""
    assert story.vault.get(f"/v1/connect/streams/{story.integration}").status in (400, 403, 404)


def test_state_used_twice(story):
    """The callback of a finished attempt, sent again by the same browser, is refused."""
    customer = story.chromium.customer(story.company.origin)
    try:
        customer.connect("alice")
        assert customer.outcome() is True
        callback = next(url for url in customer.requested if urlsplit(url).path == "/oauth/callback")
        before, exchanges = lasting(story), story.sandbox.statistics["token_requests"]
        # By the browser itself, so that the attempt's cookie goes along if it is still there.
        assert 400 <= customer.page.goto(callback).status < 500
        assert lasting(story) == before
        assert story.sandbox.statistics["token_requests"] == exchanges, "the code was not exchanged again"
    finally:
        customer.close()


def test_callback_in_another_browser(story, unchanged):
    """A callback counts only in the browser that began: here a thief has the address and not the cookie."""
    customer = story.chromium.customer(story.company.origin)
    thief = story.chromium.customer("about:blank")
    try:
        window = customer.click("connect")
        window.wait_for_selector("#allow")
        asked = parse_qs(urlsplit(window.url).query)
        forged = asked["redirect_uri"][0] + "?" + urlencode({"code": "stolen", "state": asked["state"][0]})
        exchanges = story.sandbox.statistics["token_requests"]
        assert 400 <= thief.page.goto(forged).status < 500
        assert story.sandbox.statistics["token_requests"] == exchanges
    finally:
        thief.close()
        customer.close()


def test_callback_with_unknown_state(story, unchanged):
    reply = story.vault.get("/oauth/callback?code=abc&state=unknown")
    assert 400 <= reply.status < 500
    assert story.vault.get("/oauth/callback").status == 400


def test_callback_with_an_injected_error(story, unchanged):
    """Provider text reaches the page as text, if at all."""
    query = urlencode({"error": "<script>alert(1)</script>", "state": "unknown"})
    reply = story.vault.get(f"/oauth/callback?{query}")
    assert 400 <= reply.status < 500
    assert "<script>alert" not in reply.text


def test_consent_denied(story, unchanged):
    customer = story.chromium.customer(story.company.origin)
    try:
        window = customer.click("connect")
        window.click("#deny")
        outcome = customer.outcome()
        assert outcome is not True and outcome["code"], outcome
        assert outcome["message"]
        assert customer.hears("error")["message"]["code"] == outcome["code"]
        window.wait_for_selector("body[data-page=done][data-result=failed]")
    finally:
        customer.close()


def test_window_closed(story, unchanged):
    """Closed for good: the promise rejects once the grace is over, here a second."""
    customer = story.chromium.customer(story.company.origin)
    try:
        customer.page.evaluate("window.options = { closedGraceMs: '1000' }")
        window = customer.click("connect")
        window.wait_for_selector("#allow")
        window.close()
        assert customer.outcome()["code"] == "window_closed"
    finally:
        customer.close()


def test_mailed_link_asks_first(story, unchanged):
    """Without the page that began the attempt nobody leaves for the provider unasked."""
    url = attempt(story, story.secret()).json["url"]
    victim = story.chromium.customer(url)
    try:
        victim.page.wait_for_selector("#ask", state="visible")
        assert urlsplit(victim.page.url)[:2] == urlsplit(story.public_url)[:2]
    finally:
        victim.close()


def test_hosted_pages_are_strict(story):
    url = urlsplit(attempt(story, story.secret()).json["url"])
    for path in (urlunsplit(("", "", *url[2:])), "/connect/opening"):
        reply = story.vault.get(path)
        assert reply.status == 200
        policy = reply.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe-inline" not in policy
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in reply.headers["Cache-Control"]
        assert reply.headers.get("Cross-Origin-Opener-Policy") != "same-origin", "it would cut the window's tie"


def test_provider_gone_in_the_middle(chromium):
    """The provider dies during the exchange, then altogether: the page hears why, the vault keeps what it has."""
    with Story(chromium=chromium) as story:
        init(story)
        story.sandbox.turn(access_token_lifetime=6)
        story.start_server()
        customer = story.open_page()
        customer.connect("alice")
        assert customer.outcome() is True
        story.integration = customer.hears("READY")["integration_id"]
        before = lasting(story)

        story.sandbox.turn(slow_token_ms=20_000)
        customer.connect("alice", button="connect")
        wait_until("the exchange", lambda: story.sandbox.statistics["requests_in_flight"] >= 1)
        story.sandbox_process.kill()
        outcome = customer.outcome(deadline=40)
        assert outcome is not True and outcome["code"], outcome
        assert lasting(story) == before

        time.sleep(6)  # until the token has run out
        reply = story.fetch()
        assert_refused(reply, (503,))
        assert reply.error[0] == "provider_unavailable"
        assert int(reply.headers["Retry-After"]) > 0
        assert story.state() != "needs_reauthorization", "an unreachable provider is not the customer's fault"
        assert lasting(story)[1] == before[1], "no credential was lost"
