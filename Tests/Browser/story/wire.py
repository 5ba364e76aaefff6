"""Plain HTTP, one request at a time: no redirects, no retries, always a deadline."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from .transcript import StoryError

DEADLINE = 20  # seconds


@dataclass
class Reply:
    status: int
    headers: object
    text: str

    @property
    def json(self):
        """The body as JSON, or an empty object."""
        try:
            return json.loads(self.text)
        except ValueError:
            return {}

    @property
    def error(self):
        """`(code, message)` of the one error shape, or `(None, None)`."""
        body = self.json
        error = body.get("error") if isinstance(body, dict) else None
        return (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(StayHere, urllib.request.ProxyHandler({}))


class Client:
    def __init__(self, base, access_key=None):
        self.base = base
        self.headers = {"Authorization": f"Bearer {access_key}"} if access_key else {}

    def get(self, path, **headers):
        return self.send("GET", path, None, headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, headers)

    def send(self, method, path, body=None, headers=None):
        """`body` goes out as JSON; a header is written as an argument: `content_type` becomes Content-Type."""
        sent = self.headers | {name.replace("_", "-").title(): value for name, value in (headers or {}).items()}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        elif method in ("POST", "PUT", "PATCH"):
            data = b""
        request = urllib.request.Request(self.base + path, data=data, headers=sent, method=method)
        try:
            with OPENER.open(request, timeout=DEADLINE) as response:
                return Reply(response.status, response.headers, response.read().decode(errors="replace"))
        except TimeoutError:
            raise StoryError(f"{method} {path.partition('?')[0]}: no answer within {DEADLINE} s") from None
        except urllib.error.HTTPError as response:
            return Reply(response.code, response.headers, response.read().decode(errors="replace"))
