"""The sandbox as other people's CI uses it: docs/sandbox.md, run as it stands, and what happens on the wire."""

import base64
import hashlib
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/sandbox.md").read_text()
PATIENCE = 30
VERIFIER = "v" * 43


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


BROWSER = urllib.request.build_opener(Stay, urllib.request.ProxyHandler({}))


class Sandbox:
    def __init__(self, base):
        self.base = base

    def send(self, path, data=None, method=None):
        """- Returns: status, headers, text."""
        body = data if data is None or isinstance(data, bytes) else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(self.base + path, body, method=method)
        try:
            with BROWSER.open(request, timeout=PATIENCE) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as reply:
            return reply.code, reply.headers, reply.read().decode()

    def turn(self, **switches):
        status, _, text = self.send("/switches", json.dumps(switches).encode(), "PATCH")
        assert status == 200, text

    def count(self, name):
        return json.loads(self.send("/statistics")[2])[name]

    def connect(self):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        _, headers, text = self.send("/authorize", {
            "response_type": "code", "client_id": "sandbox-client", "redirect_uri": "http://127.0.0.1:9/back",
            "code_challenge": challenge, "code_challenge_method": "S256", "account": "alice", "decision": "allow"})
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:9/back", code_verifier=VERIFIER)

    def token(self, secret="sandbox-secret", **fields):
        status, _, text = self.send(
            "/token", {"client_id": "sandbox-client", "client_secret": secret} | fields)
        return status, text

    def refresh(self, token, **fields):
        return self.token(grant_type="refresh_token", refresh_token=token, **fields)

    def raw_refresh(self, token):
        """- Returns: what came back before the end of the connection, and how it ended."""
        host, port = self.base.removeprefix("http://").split(":")
        body = urllib.parse.urlencode({
            "client_id": "sandbox-client", "client_secret": "sandbox-secret", "grant_type": "refresh_token",
            "refresh_token": token})
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall((
                "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
            got = b""
            try:
                while piece := connection.recv(65536):
                    got += piece
            except ConnectionResetError:
                return got, "reset"
            return got, "closed"


@pytest.fixture(scope="module")
def base(tmp_path_factory, binary):
    folder = tmp_path_factory.mktemp("sandbox")
    ready = folder / "ready"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "sandbox", "--listen", "127.0.0.1:0", "--ready-file", ready], stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < end, "the sandbox does not listen"
            time.sleep(0.01)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.fixture
def sandbox(base, request):
    """A space of its own for each test."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:64]
    return Sandbox(f"{base}/spaces/{name}")


@pytest.fixture
def plain(base):
    """The sandbox outside of any space, clean."""
    home = Sandbox(base)
    home.send("/reset", b"")
    home.send("/switches", method="DELETE")
    return home


def blocks(language):
    return "\n".join(re.findall(rf"```{language} run\n(.*?)```", GUIDE, re.S))


def test_the_guide_runs_in_a_shell(plain, tmp_path):
    script = blocks("sh").replace("http://127.0.0.1:8765", plain.base)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "curl said 52" in done.stdout and '"codes_reused":1' in done.stdout


def test_the_guide_runs_in_python(plain, tmp_path):
    script = tmp_path / "example.py"
    script.write_text(blocks("python").replace("http://127.0.0.1:8765", plain.base))
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().endswith("survived")


def test_the_guide_names_every_switch_and_counter(plain):
    for name in json.loads(plain.send("/switches")[2]):
        assert f"`{name}`" in GUIDE, name
    for name in json.loads(plain.send("/statistics")[2]):
        assert f"`{name}`" in GUIDE, name


def test_a_reset_before_leaves_the_token_and_one_after_does_not(plain):
    token = json.loads(plain.connect()[1])["refresh_token"]
    plain.turn(reset_before=True, count=1)
    assert plain.raw_refresh(token) == (b"", "reset")
    assert plain.count("refreshes") == 0
    plain.turn(reset_after=True, count=1)
    assert plain.raw_refresh(token) == (b"", "reset")
    assert plain.count("refreshes") == 1
    assert plain.refresh(token)[0] == 400


def test_a_body_is_cut_in_the_middle(plain):
    token = json.loads(plain.connect()[1])["refresh_token"]
    plain.turn(cut_body=True, count=1)
    got, end = plain.raw_refresh(token)
    head, _, body = got.partition(b"\r\n\r\n")
    promised = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
    assert head.startswith(b"HTTP/1.1 200") and 0 < len(body) < promised, got
    assert plain.count("refreshes") == 1


def test_replies_as_forms_and_refusals_by_any_name(sandbox):
    sandbox.turn(form_body=True)
    form = dict(urllib.parse.parse_qsl(sandbox.connect()[1]))
    assert form["expires_in"] == "60" and form["token_type"] == "Bearer"
    status, text = sandbox.refresh("nobody's")
    assert status == 400 and dict(urllib.parse.parse_qsl(text))["error"] == "invalid_grant"
    sandbox.turn(form_body=False, token_error="something_new")
    status, text = sandbox.refresh(form["refresh_token"])
    assert status == 400 and json.loads(text)["error"] == "something_new"
    sandbox.turn(token_error="invalid_client")
    assert sandbox.refresh(form["refresh_token"])[0] == 401
    sandbox.turn(token_error="", redirect_token=True)
    assert sandbox.refresh(form["refresh_token"])[0] == 307
    sandbox.turn(redirect_token=False)
    assert sandbox.refresh(form["refresh_token"])[0] == 200


def test_the_client_secret_changes_at_the_provider(sandbox):
    token = json.loads(sandbox.connect()[1])["refresh_token"]
    sandbox.turn(client_secret="new")
    status, text = sandbox.refresh(token)
    assert status == 401 and json.loads(text)["error"] == "invalid_client"
    assert sandbox.refresh(token, secret="new")[0] == 200


def test_spaces_do_not_meet(base):
    one, other = Sandbox(f"{base}/spaces/one"), Sandbox(f"{base}/spaces/other")
    one.turn(fail_token=503)
    token = json.loads(other.connect()[1])["refresh_token"]
    assert other.refresh(token)[0] == 200
    assert one.refresh(token)[0] == 503
    one.turn(fail_token=0)
    assert one.refresh(token)[0] == 400, "a token of another space"
    assert one.count("refreshes") == 0 and other.count("refreshes") == 1
    assert f"url: {base}/spaces/one/token" in one.send("/provider.yaml")[2]
    assert 'href="/spaces/one/sandbox.css"' in one.send("/")[2]
    assert one.send("", method="DELETE")[0] == 204 and one.send("", method="DELETE")[0] == 404
    assert Sandbox(f"{base}/spaces/Not_A_Name").send("/livez")[0] == 503
