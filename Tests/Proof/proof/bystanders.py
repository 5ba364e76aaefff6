"""Readers and writers who go on while a command is killed beside them; everything acknowledged to them must hold."""

import itertools

from .actors import Actors
from .server import Client, Server
from .vault import integration_id
from .furnishing import value
from .resumption import TARGET

WRITTEN = range(10, 14)  # the integrations of the writers
PACE = 0.02  # seconds between writes: thousands of versions would make every rotation a long one
UNAVAILABLE = 503  # the database was busy: said so, nothing acknowledged


class Bystanders(Actors):
    """A server on the vault, a reader of one integration and a writer of others."""

    def __init__(self, vault, log):
        super().__init__()
        self.vault = vault
        self.key = vault.do("access-key", "create", "--role", "write").out.split()[-1]
        self.server = Server(vault, log)
        self.acknowledged, self.reads, self.writes = {}, 0, 0

    def bodies(self):
        return [lambda: self.repeat(self.read), lambda: self.repeat(self.write)]

    def close(self):
        self.server.stop()

    def repeat(self, act):
        client = Client(self.server.address, self.key)
        for number in itertools.count(1):
            if self.over.is_set():
                break
            act(client, number)
        client.close()

    def read(self, client, _):
        status, reply = client.get(integration_id(TARGET))
        self.reads += 1
        if status != UNAVAILABLE and (status, reply.get("api_key")) != (200, value(TARGET)):
            self.wrong.append(f"read {status} {reply.get('error', 'another value')}")

    def write(self, client, number):
        integration, text = WRITTEN[number % len(WRITTEN)], f"written-{number}"
        status, reply = client.put(integration_id(integration), text)
        if status == 200:
            self.writes += 1
            self.acknowledged[integration] = text
        elif status != UNAVAILABLE:
            self.wrong.append(f"write {status} {reply.get('error')}")
        self.over.wait(PACE)

    def settle(self, finding):
        """Takes what went wrong beside, and what is lost, into a finding. To be called when the `with` is over."""
        finding.wrong += self.wrong[:5] + self.lost()
        finding.expect(self.reads and self.writes, "nobody read or wrote meanwhile")

    def lost(self):
        """What was acknowledged last and is not what the vault gives out."""
        return [
            f"integration {number}: {text} was acknowledged"
            for number, text in self.acknowledged.items() if self.vault.value(number) != text
        ]
