"""Readers and writers who go on while a command is killed beside them; everything acknowledged to them must hold."""

import threading

from .case import described
from .server import Client, Server
from .vault import integration_id
from .workload import TARGET, value

WRITTEN = range(10, 14)  # the integrations of the writers
PACE = 0.02  # seconds between writes: thousands of versions would make every rotation a long one
UNAVAILABLE = 503  # the database was busy: said so, nothing acknowledged


class Bystanders:
    """A server on the vault, a reader of one integration and a writer of others."""

    def __init__(self, vault, log):
        self.vault = vault
        self.key = vault.do("access-key", "create", "--role", "write").out.split()[-1]
        self.server = Server(vault, log)
        self.acknowledged, self.wrong, self.reads, self.writes = {}, [], 0, 0
        self.over = threading.Event()

    def __enter__(self):
        self.server.__enter__()
        self.threads = [threading.Thread(target=self.act, args=(body,)) for body in (self.read, self.write)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
        self.server.stop()

    def act(self, body):
        try:
            client = Client(self.server.address, self.key)
            number = 0
            while not self.over.is_set():
                body(client, number := number + 1)
            client.close()
        except Exception as error:
            self.wrong.append(f"a bystander: {described(error)}")

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

    def lost(self):
        """What was acknowledged last and is not what the vault gives out. To be asked when nobody writes any more."""
        return [
            f"integration {number}: {text} was acknowledged"
            for number, text in self.acknowledged.items() if self.vault.value(number) != text
        ]
