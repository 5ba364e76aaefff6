"""The sandbox provider's switches and counters."""

from .transcript import StoryError
from .wire import Client


class Sandbox:
    def __init__(self, base):
        self.base = base
        self.client = Client(base)

    def turn(self, **switches):
        self.expect(self.client.send("PATCH", "/switches", switches))

    def reset_switches(self):
        self.expect(self.client.send("DELETE", "/switches"))

    def revoke(self, account):
        return self.expect(self.client.post(f"/grants/revoke?account={account}"))["grants"]

    @property
    def statistics(self):
        return self.expect(self.client.get("/statistics"))

    def expect(self, reply):
        if reply.status >= 300:
            raise StoryError(f"the sandbox answered {reply.status}: {reply.text[:200]}")
        return reply.json
