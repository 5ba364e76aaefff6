"""`reseal serve` as a process, and HTTP to it over connections that stay open."""

import http.client
import json
import subprocess
import time
from urllib.parse import urlsplit

from .binary import binary

PATIENCE = 30  # seconds


class Server:
    """Serves one vault for as long as the `with` lasts. Its log is a file outside of the vault's folder."""

    def __init__(self, vault, log, settings=None, arguments=()):
        self.ready = log.with_suffix(".ready")
        self.ready.unlink(missing_ok=True)
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [binary(), "serve", "--listen", "127.0.0.1:0", "--ready-file", self.ready, *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=vault.environment | (settings or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def address(self):
        """Where it listens, once it does; None if it ended instead."""
        end = time.monotonic() + PATIENCE
        while not self.ready.exists():
            if self.process.poll() is not None:
                return None
            if time.monotonic() > end:
                self.process.kill()
                raise TimeoutError(f"the server does not listen: {self.tail()}")
            time.sleep(0.01)
        return self.ready.read_text().strip()

    def stop(self):
        """Asks it to end, and insists after a while.
        - Returns: its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def tail(self):
        return self.log.read_text(errors="replace")[-500:]


class Client:
    """One connection with one access key."""

    def __init__(self, address, access_key):
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
        self.headers = {"Authorization": f"Bearer {access_key}"}

    def send(self, method, path, body=None):
        """- Returns: status and parsed body."""
        headers, data = dict(self.headers), None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        self.connection.request(method, path, data, headers)
        reply = self.connection.getresponse()
        text = reply.read()
        try:
            return reply.status, json.loads(text) if text else {}
        except ValueError:
            return reply.status, {}

    def get(self, integration):
        return self.send("GET", f"/v1/integrations/{integration}/credential")

    def put(self, integration, value, **new):
        body = {"kind": "api_key", "fields": {"api_key": value}, **new}
        return self.send("PUT", f"/v1/integrations/{integration}/credential", body)

    def close(self):
        self.connection.close()
