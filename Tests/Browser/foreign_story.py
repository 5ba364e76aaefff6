"""Connect, serve and refresh against an OAuth server that nobody here wrote (`foreign_server.py`).

    PYTHONPATH=Tests/Browser .venv/bin/python Tests/Browser/foreign_story.py
"""

import sys
import time
from pathlib import Path

from story.browser import Chromium
from story.processes import Process, environment
from story.steps_init import add_connector, furnish
from story.story import Story
from story.transcript import Transcript
from story.wire import Client

HERE = Path(__file__).parent
PASSWORD = "correct horse"
LIFETIME = 12  # seconds; short enough that only callers refresh


def tell(story):
    foreign = begin(story)
    connect(story)
    serve(story, foreign)
    refresh(story, foreign)


def begin(story):
    """A vault whose only provider is the foreign server, brought in by a file."""
    story.transcript.step("begin", "django-oauth-toolkit, brought in by a provider file")
    story.connector = "django"
    foreign = start_foreign(story, ACCESS_TOKEN_SECONDS=LIFETIME)
    provider = describe(story, foreign, "X")
    story.check(story.cli.run("provider", "check", provider).code == 0, "reseal provider check finds nothing wrong with it")

    story.cli.run("init", "--database", story.database.path, "--root-key", f"file:{story.root_key}")
    furnish(story)
    story.start_server()
    register(story, foreign)
    return foreign


def start_foreign(story, **settings):
    process = Process(
        "foreign", [sys.executable, HERE / "foreign_server.py"],
        directory=story.directory, environment=environment(**settings),
    )  # fmt: skip
    story.closing.callback(process.stop)
    return Client(process.base_url(deadline=60))


def describe(story, foreign, refresh_class):
    """The provider file, with the class that the vault is to go by."""
    provider = story.providers / "django.yaml"
    template = (HERE / "foreign-provider.yaml").read_text()
    provider.write_text(template.replace("BASE", foreign.base).replace("CLASS", refresh_class))
    return provider


def register(story, foreign):
    """A client there, its connector here.
    - Returns: id and secret."""
    client = foreign.post("/register", {"redirect_uri": f"{story.public_url}/oauth/callback"}).json
    add_connector(story, "django", client["client_id"], client["client_secret"], "--scope", "read")
    return client["client_id"], client["client_secret"]


def connect(story):
    story.transcript.step("connect", "the customer logs in as ada and consents")
    customer = story.open_page()
    window = customer.click("connect")
    window.fill("input[name=username]", "ada")
    window.fill("input[name=password]", PASSWORD)
    window.click("#login")
    window.click("input[name=allow]")
    story.check(customer.outcome() is True, "connect() resolved true, though this provider's pages cut the window's tie")
    story.integration = customer.hears("READY")["integration_id"]
    customer.hears("IMPORT_DONE")
    story.check(story.integration, f"READY and IMPORT_DONE, integration {story.integration}")


def serve(story, foreign):
    story.transcript.step("serve", "the token works at its provider")
    story.first = story.fetch(valid_for=1)
    story.check(story.first.status == 200, f"the fetch answers 200, version {story.first.json['version']}")
    me = owner(foreign, story.first)
    story.check(me.json.get("username") == "ada", "the provider knows the token: ada")


def refresh(story, foreign):
    story.transcript.step("refresh", "it runs out")
    time.sleep(LIFETIME / 2 + 1)
    reply = story.fetch(valid_for=60)
    story.check(reply.status == 200, "half its life later a fetch that wants more answers 200")
    story.check(reply.json["version"] > story.first.json["version"], f"with version {reply.json['version']}")
    story.check(owner(foreign, reply).json.get("username") == "ada", "the fresh token works too")
    time.sleep(LIFETIME / 2 + 1)
    again = story.fetch(valid_for=60)
    story.check(again.json["version"] > reply.json["version"], "and so does the rotated refresh token, a second time")
    story.check(owner(foreign, again).json.get("username") == "ada", "still ada")
    story.check(story.cli.run("verify").code == 0, "reseal verify finds every row whole")


def owner(foreign, reply):
    return Client(foreign.base, reply.json["access_token"]).get("/me")


if __name__ == "__main__":
    transcript = Transcript()
    with Chromium() as chromium, Story(transcript, chromium) as story:
        tell(story)
    transcript.end(whole=True)
