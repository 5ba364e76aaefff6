"""Credentials that a company brings along, by the command and over HTTP; and what is said of a refresh that brings nothing."""

import json
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import pytest

PATIENCE = 60
TOKENS = {"access_token": "a", "refresh_token": "r"}


@pytest.fixture(scope="module")
def vault(new_vault):
    vault = new_vault()
    vault("init")
    vault("workspace", "create", "--name", "w")
    for slug, provider in (("oauth", "interop"), ("key", "interop-key")):
        vault("connector", "add", slug, "--provider", provider, "--client-id", "c")
    return vault


@pytest.fixture(scope="module")
def call(vault):
    """Requests to a server of the vault: status, document, headers."""
    ready, key = vault.folder / "ready", vault.json("access-key", "create", "--role", "write")["access_key"]
    options = ["--database", vault.database, "--root-key", vault.source, "--providers", vault.folder / "none"]
    (vault.folder / "none").mkdir(mode=0o700)
    server = subprocess.Popen(
        [str(part) for part in (vault.binary, "serve", "--listen", "127.0.0.1:0", "--no-scheduler", "--ready-file", ready,
                                *options)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(vault.folder / "server.log").open("w"))
    end = time.monotonic() + PATIENCE
    while not ready.exists():
        assert server.poll() is None and time.monotonic() < end, (vault.folder / "server.log").read_text()
        time.sleep(0.02)
    base = ready.read_text().strip()

    def call(method, path, body=None):
        request = urllib.request.Request(
            base + path, None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return reply.status, json.loads(reply.read()), reply.headers
        except urllib.error.HTTPError as reply:
            return reply.code, json.loads(reply.read()), reply.headers

    yield call
    server.terminate()
    server.wait(PATIENCE)


def put(vault, fields, *options, kind="oauth2", connector="oauth"):
    integration = str(uuid.uuid4())
    text = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    done = vault.run("credential", "put", integration, "--connector", connector, "--customer", "c", "--kind", kind, *options,
                     stdin=text)
    return integration, done.returncode, done.stderr.decode()


@pytest.mark.parametrize("fields, kind, connector, says", [
    ({"access_token": ""}, "oauth2", "oauth", "refresh_token"),
    ({"token_type": "Bearer"}, "oauth2", "oauth", "refresh_token"),
    ({"access_token": "a\nb"}, "oauth2", "oauth", "control character"),
    (b"two\nlines", "api_key", "key", "control character"),
])
def test_what_could_serve_nobody_is_refused(vault, call, fields, kind, connector, says):
    integration, code, text = put(vault, fields, kind=kind, connector=connector)
    assert code == 2 and says in text, text
    body = {"kind": kind, "connector": connector, "customer": "c",
            "fields": {"api_key": fields.decode()} if isinstance(fields, bytes) else fields}
    status, reply, _ = call("PUT", f"/v1/integrations/{integration}/credential", body)
    assert (status, reply["error"]["code"]) == (400, "invalid_request") and says in reply["error"]["message"]
    assert call("GET", f"/v1/integrations/{integration}")[0] == 404


def test_the_end_is_said_in_one_way_or_the_other(vault, call):
    integration, code, _ = put(vault, TOKENS, "--expires-in", "600")
    assert code == 0
    said = vault.json("credential", "get", integration)["expires_at"]
    left = time.mktime(time.strptime(said, "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())
    assert 540 <= left <= 600
    for options in (["--expires-in", "600", "--expires-at", "2030-01-31T12:00:00Z"], ["--expires-in", "-1"], ["--expires-in", "x"]):
        assert put(vault, TOKENS, *options)[1] == 1, options
    path, body = f"/v1/integrations/{integration}/credential", {"kind": "oauth2", "fields": TOKENS}
    for end in ({"expires_in": 600, "expires_at": "2030-01-31T12:00:00Z"}, {"expires_in": -1}, {"expires_in": "600 s"}):
        assert call("PUT", path, body | end)[0] == 400, end
    assert call("PUT", path, body | {"expires_in": 600})[0] == 200
    assert call("GET", path)[1]["version"] == 2


def test_without_an_access_token_nothing_empty_is_served(vault, call):
    integration, code, _ = put(vault, {"refresh_token": "r"})
    assert code == 0
    status, reply, headers = call("GET", f"/v1/integrations/{integration}/credential")
    assert (status, reply["error"]["code"]) == (503, "provider_unavailable")
    assert int(headers["Retry-After"]) >= 1
    assert "cannot be reached" not in reply["error"]["message"]


def test_a_missing_provider_file_is_named(vault, call):
    """The server of these tests has no provider files; the command has."""
    integration, _, _ = put(vault, TOKENS, "--expires-in", "600")
    for _ in range(2):
        status, reply, headers = call("POST", f"/v1/integrations/{integration}/refresh")
        assert (status, reply["error"]["code"], reply["error"]["reason_code"]) == (503, "unknown_provider", "unknown_provider")
        assert "catalogue" in reply["error"]["message"] and int(headers["Retry-After"]) >= 1
    log = (vault.folder / "server.log").read_text()
    assert log.count("no provider file here") == 1 and "warning" in log


def test_a_refresh_that_brings_nothing_says_why(vault):
    integration, _, _ = put(vault, TOKENS, "--expires-in", "600")
    done = vault.run("refresh", integration)
    assert done.returncode == 5 and "(name_resolution)" in done.stderr.decode(), done.stderr
    key, _, _ = put(vault, b"k", kind="api_key", connector="key")
    text = vault.refused(2, "refresh", key)
    assert "api_key" in text and "no refresh token" in text
    assert "--concurrency" in vault.refused(1, "refresh", "--due", "--concurrency", "0")
