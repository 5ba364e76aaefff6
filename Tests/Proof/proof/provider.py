"""The sandbox provider as a process, and a person who connects an account there with plain HTTP, without a browser."""

import http.cookiejar
import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import jwt

from .binary import binary, clean_environment

CLIENT, PATIENCE = "sandbox-client", 30


class Provider:
    """`reseal sandbox`; it describes itself in a folder of provider files. Its log is not under test."""

    def __init__(self, folder, secret, lifetime=3600):
        (folder / "client-secret").write_text(secret)
        self.ready = folder / "sandbox.ready"
        with (folder / "sandbox.log").open("ab") as log:
            self.process = subprocess.Popen(
                [binary(), "sandbox", "--listen", "127.0.0.1:0", "--ready-file", self.ready,
                 "--provider-out", folder / "providers", "--client-secret-file", folder / "client-secret",
                 "--access-token-lifetime", str(lifetime)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())
        end = time.monotonic() + PATIENCE
        while not self.ready.exists():
            assert self.process.poll() is None and time.monotonic() < end, "the sandbox does not listen"
            time.sleep(0.01)
        self.address = self.ready.read_text().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def turn(self, **switches):
        request = urllib.request.Request(
            f"{self.address}/switches", json.dumps(switches).encode(), method="PATCH",
            headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=PATIENCE).close()


def connect_secret(private_key, workspace, customer, **claims):
    return jwt.encode({"workspace_id": workspace, "customer_id": customer, **claims}, private_key, algorithm="RS256")


class Person:
    """Follows links and fills in forms; keeps cookies, follows no redirect unasked."""

    def __init__(self):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        self.opener = urllib.request.build_opener(
            Stay, urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def send(self, url, form=None):
        """- Returns: status, where it redirects to, text."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(urllib.request.Request(url, data), timeout=PATIENCE) as reply:
                return reply.status, reply.headers.get("Location"), reply.read().decode()
        except urllib.error.HTTPError as reply:
            return reply.code, reply.headers.get("Location"), reply.read().decode()

    def begin(self, vault, connector, secret):
        """Opens the plain link.
        - Returns: the page's address, and the token of its form."""
        query = urllib.parse.urlencode({"secret": secret})
        status, location, text = self.send(f"{vault}/v1/credentials/{connector}/register?{query}")
        assert status == 303, (status, text[-300:])
        page = urllib.parse.urljoin(vault, location)
        status, _, text = self.send(page)
        assert status == 200, (status, text[-300:])
        return page, re.search(r'name="token" value="([^"]+)"', text)[1]

    def connect(self, vault, connector, secret, account="alice"):
        """The whole way through the provider's consent page.
        - Returns: the callback's address and the status and text of the last page."""
        page, token = self.begin(vault, connector, secret)
        status, _, text = self.send(f"{page}/continue", {"token": token, "verifier": "", "consent": "yes"})
        assert status == 200, (status, text[-300:])
        consent = re.search(r'<a href="([^"]+)"', text)[1].replace("&amp;", "&")
        fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(consent).query, keep_blank_values=True))
        status, back, text = self.send(consent.partition("?")[0], fields | {"account": account, "decision": "allow"})
        assert status == 303, (status, text[-300:])
        status, _, text = self.send(back)
        return back, status, text

    def submit(self, vault, connector, secret, **fields):
        """The hosted form for keys and passwords."""
        page, token = self.begin(vault, connector, secret)
        form = {"token": token, "verifier": "", "consent": "yes", **fields}
        status, _, text = self.send(f"{page}/submit", form)
        return status, text
