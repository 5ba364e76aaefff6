"""Eight processes on one database: five servers read and write, three commands read, write and rotate, all the time."""

import json
import random
import time
from contextlib import ExitStack, contextmanager
from functools import partial

from .actors import Actors
from .case import Case, Finding
from .history import Operation, violations
from .server import Client, Server
from .vault import scratch, integration_id
from .furnishing import furnished

SERVERS, INTEGRATIONS, ROUNDS, SECONDS = 5, 3, 6, 20
BUSY = 503


class Concurrency:
    name = "concurrency"
    workers = 1

    @contextmanager
    def cases(self):
        with scratch() as folder:
            template = furnished(folder / "template")
            yield [
                Case(f"round-{number}", lambda number=number: a_round(template, folder / f"round-{number}", SECONDS))
                for number in range(ROUNDS)
            ]


def a_round(template, folder, seconds):
    with Crowd(template.copy(folder)) as crowd:
        time.sleep(seconds)  # how long they act
    return crowd.finding()


class Crowd(Actors):
    """Everybody records what they did and saw."""

    def __init__(self, vault):
        super().__init__()
        self.vault, self.closing = vault, ExitStack()
        self.operations = {number: [] for number in range(INTEGRATIONS)}
        self.rotations, self.refused = 0, 0
        self.key = vault.do("access-key", "create", "--role", "write").out.split()[-1]

    def bodies(self):
        servers = [self.closing.enter_context(Server(self.vault, self.log(number))) for number in range(SERVERS)]
        return [*(partial(self.over_http, server) for server in servers), self.rotate, self.put, self.get]

    def log(self, number):
        return self.vault.folder.with_name(f"{self.vault.folder.name}-{number}.log")

    def close(self):
        self.closing.close()

    # --- who acts ---

    def over_http(self, server):
        chance, client = random.Random(), Client(server.address, self.key)
        for number, name in self.turns(f"server-{server.process.pid}"):
            integration = integration_id(number)
            if chance.random() < 0.4:
                self.record("write", number, name, lambda: written(client.put(integration, name)))
            else:
                self.record("read", number, None, lambda: seen(client.get(integration)))
        client.close()

    def rotate(self):
        while not self.over.is_set():
            outcome = self.vault.run("key", "rotate")
            self.rotations += outcome.code == 0
            if outcome.code:
                self.wrong.append(str(outcome))

    def put(self):
        for number, name in self.turns("command"):
            self.record("write", number, name, lambda: printed(self.vault.put(number, name)))

    def get(self):
        for number, _ in self.turns("reader"):
            self.record("read", number, None, lambda: revealed(self.vault.get(number)))

    def turns(self, name):
        chance, turn = random.Random(), 0
        while not self.over.is_set():
            turn += 1
            yield chance.randrange(INTEGRATIONS), f"{name}-{turn}"

    def record(self, kind, number, name, act):
        """`act` answers (value, version), or None where the vault was busy."""
        start = time.monotonic_ns()
        answer = act()
        end = time.monotonic_ns()
        self.refused += answer is None
        value, version = answer or (name, None)
        if value is not None or name is not None:
            self.operations[number].append(Operation(kind, name or value, version, start, end))

    # --- what came of it ---

    def finding(self):
        finding = Finding(wrong=self.wrong[:10])
        for number, operations in self.operations.items():
            history = self.vault.run("credential", "history", integration_id(number), "--format", "json").records
            versions = [int(entry["version"]) for entry in history]
            first = Operation("write", f"value-of-{number}", None, 0, 0)
            finding.wrong += [f"integration {number}: {text}" for text in list(violations([first, *operations], versions))[:5]]
        verified = self.vault.run("verify")
        finding.expect(verified.code == 0, verified)
        finding.expect(self.rotations >= 1, "no rotation came to its end")
        finding.runs = sum(map(len, self.operations.values()))
        writes = sum(operation.kind == "write" for operations in self.operations.values() for operation in operations)
        finding.note = f"{writes} writes, {finding.runs - writes} reads, {self.rotations} rotations, {self.refused} busy"
        return finding


# --- what the answers say ---


def written(answer):
    status, body = answer
    if status == BUSY:
        return None
    assert status == 200, f"put: {status} {body.get('error')}"
    return None, body["version"]


def seen(answer):
    status, body = answer
    if status == BUSY:
        return None
    assert status == 200, f"get: {status} {body.get('error')}"
    return body["api_key"], body["version"]


def printed(outcome):
    """`stored as version N of …`."""
    assert outcome.code == 0, outcome
    return None, int(outcome.out.split("version ")[1].split()[0])


def revealed(outcome):
    assert outcome.code == 0, outcome
    body = json.loads(outcome.out)
    return body["api_key"], body["version"]
