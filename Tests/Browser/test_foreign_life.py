"""A grant's whole life at an OAuth server that nobody here wrote: django-oauth-toolkit, which replaces a refresh token at
each use, ends the access token before with it, and takes a late second use for theft of the whole family."""

import base64
import subprocess

import pytest
from foreign_customer import Customer
from foreign_story import describe, owner, register, start_foreign
from story.cli import BINARY, Cli
from story.steps_init import furnish
from story.story import Story

ROUNDS = 3


class Life(Story):
    """One integration of ada's at a server with a grace of so many seconds."""

    def begin(self, grace, refresh_class):
        self.connector = "django"
        self.foreign = start_foreign(self, GRACE_SECONDS=grace)
        describe(self, self.foreign, refresh_class)
        self.cli.run("init", "--database", self.database.path, "--root-key", f"file:{self.root_key}")
        furnish(self)
        self.start_server()
        self.cli = Cli(self.environment | {"RESEAL_PUBLIC_URL": self.public_url})
        self.client = register(self, self.foreign)
        self.connect("ada", "--customer", self.customer_id, "--connector", "django")
        self.integration = self.cli.run("integration", "list", "--format", "json").record["integration"]

    def connect(self, username, *link, status=200, allows=True):
        url = self.cli.run("integration", "link", *link, "--format", "json").record["url"]
        customer = Customer(username)
        assert customer.connect(url, allows) == status, customer.page

    def renew(self, username, **how):
        self.connect(username, self.integration, **how)

    def refresh(self, code=0):
        return self.cli.run("refresh", "run", self.integration, code=code)

    def show(self):
        return self.cli.run("integration", "show", self.integration, "--format", "json").record

    def token(self):
        """What a backend gets: a token, which works at its provider."""
        reply = self.fetch(valid_for=0)
        assert reply.status == 200, reply.text
        assert owner(self.foreign, reply).json.get("username") == "ada", f"version {reply.json['version']} is dead"
        return reply.json

    def is_known(self, token):
        """What the server says of a token, by introspection."""
        basic = base64.b64encode(":".join(self.client).encode()).decode()
        reply = self.foreign.get(f"/o/introspect/?token={token}", Authorization=f"Basic {basic}")
        assert reply.status == 200, reply.text
        return reply.json["active"]

    def grants(self, username="ada"):
        return self.foreign.get(f"/grants?username={username}").json

    def kill_in_mid_refresh(self, when):
        """`kill -9` of a refresh that the server has received."""
        self.foreign.post("/hold", {"when": when})
        command = [BINARY, "refresh", "run", self.integration]
        refreshing = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert self.foreign.get("/held").status == 200, "no refresh reached the server"
        finally:
            refreshing.kill()
            refreshing.wait(10)
            self.foreign.post("/release")

    def kill_the_server_in_mid_refresh(self):
        """The same of `reseal serve`, which a caller has asked."""
        self.foreign.post("/hold", {"when": "after"})
        key = self.cli.run("access-key", "create", "--role", "write", "--format", "json").record["access_key"]
        asking = ["curl", "-s", "-m", "20", "-X", "POST", "-H", "@-",
                  f"{self.public_url}/v1/integrations/{self.integration}/refresh"]
        caller = subprocess.Popen(asking, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        try:
            caller.stdin.write(f"Authorization: Bearer {key}\n")
            caller.stdin.close()
            assert self.foreign.get("/held").status == 200, "no refresh reached the server"
        finally:
            self.server.kill()
            caller.wait(30)
            self.foreign.post("/release")
        self.start_server()


@pytest.fixture
def life(request):
    with Life() as story:
        story.begin(*request.param)
        yield story


@pytest.mark.parametrize("life", [(120, "G(120)")], indirect=True, ids=["grace"])
def test_kills_in_mid_refresh_cost_nothing_within_the_grace(life):
    life.kill_the_server_in_mid_refresh()
    for version in (2, 3):
        life.refresh()
        assert life.token()["version"] == version
    for _ in range(ROUNDS):
        for when in ("before", "after"):
            before = life.token()["version"]
            life.kill_in_mid_refresh(when)
            life.refresh()
            assert life.token()["version"] == before + 1
            assert life.grants() == {"live": 1, "families": 1}, "nobody was taken for a thief"
    assert life.show()["state"] == "ready"
    life.cli.run("verify")


@pytest.mark.parametrize("life", [(0, "X")], indirect=True, ids=["strict"])
def test_a_grant_ends_is_renewed_and_is_given_back(life):
    life.refresh()
    life.token()

    life.foreign.post("/withdraw", {"username": "ada"})
    life.refresh(code=6)
    assert life.show()["state"] == "needs_reauthorization"
    assert life.fetch().error[0] == "needs_reauthorization"

    before = life.database.versions(life.integration)
    life.renew("grace", status=409)
    life.renew("ada", status=400, allows=False)
    assert life.database.versions(life.integration) == before, "another account, or a no, changes nothing"
    life.renew("ada")
    assert life.show()["state"] == "ready" and life.token()

    # The access token ended when its refresh token was replaced, and that answer is lost: nobody may be served a dead one.
    life.kill_in_mid_refresh("after")
    life.refresh(code=6)
    assert life.show()["state"] == "needs_reauthorization"
    life.renew("ada")
    life.refresh()

    token = life.token()["access_token"]
    assert life.is_known(token)
    told = life.cli.run("integration", "disconnect", life.integration, "--yes")
    assert "revoked at the provider" in told.text and "could not be told" not in told.errors
    assert not life.is_known(token) and life.grants()["live"] == 0
    assert life.show()["state"] == "revoked"
    assert token not in life.server.log.read_text(errors="replace")
