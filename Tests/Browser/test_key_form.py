"""A connector that takes an API key: the hosted form, in the same window and with the same promise."""

import pytest
from story.steps_init import init
from story.story import Story

GOOD_KEY = "sandbox-key-alice"


@pytest.fixture(scope="module")
def story(chromium):
    with Story(chromium=chromium) as story:
        init(story)
        story.cli.run(
            "connector", "add", "sandbox-key", "--workspace", story.workspace, "--provider", "sandbox-key"
        )
        story.connector = "sandbox-key"
        story.start_server()
        yield story


def test_wrong_key_then_right_one(story):
    customer = story.open_page()
    window = customer.click("connect")
    enter(window, "sandbox-key-nobody")
    window.wait_for_selector(".error")
    assert story.database.rows("SELECT count(*) FROM credentials")[0][0] == 0, "a key is checked before it is saved"
    assert customer.runs[-1]["outcome"] is None, "the customer may try again"

    enter(window, GOOD_KEY)
    assert customer.outcome() is True
    story.integration = customer.hears("READY")["integration_id"]
    customer.wait("the window to close", window.is_closed, 5)

    reply = story.fetch()
    assert reply.status == 200
    assert reply.json["kind"] == "api_key"
    assert GOOD_KEY in reply.text
    assert not any(GOOD_KEY in url for url in customer.requested)


def enter(window, key):
    window.fill("input[name=api_key]", key)
    window.click("form button[type=submit]:enabled")
