"""Eight processes refresh the same grants of a provider that revokes a whole family when a token comes twice."""

import json
import subprocess
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager

from . import binary
from .case import Case, Finding
from .server import Server
from .storm import program
from .vault import WORKSPACE, Vault, scratch

SERVERS, CRONS, CALLERS = 3, 3, 2
REFRESHES, FAMILIES, LIFETIME = 100_000, 4_000, 20  # seconds: each is refreshed every ten or so
BETWEEN_RESTARTS = 3  # seconds
DEADLINE = 1800  # of a machine that has more to do
PROVIDER = """slug: families
name: Families
kind: oauth2
authorization:
  url: http://127.0.0.1:{port}/authorize
token:
  url: http://127.0.0.1:{port}/token
refresh:
  class: X
facts:
  checked: 2026-11-21
  confidence: H
"""


class Families:
    name = "refresh: 8 processes"
    workers = 1

    @contextmanager
    def cases(self):
        yield [Case("together", lambda: together(REFRESHES, FAMILIES))]


def together(refreshes, families):
    """Lets them go on until the provider has accepted so many refreshes; then asks the provider, and the vault."""
    finding = Finding(runs=0)
    with scratch() as folder, ExitStack() as closing:
        provider = closing.enter_context(TheProvider(families))
        providers = folder / "providers"
        providers.mkdir()
        (providers / "families.yaml").write_text(PROVIDER.format(port=provider.port))
        vault = Vault(folder / "vault", providers).furnish_bare()
        filled = binary.run(
            ["fill", vault.database, vault.key, providers, families, LIFETIME], vault.environment, deadline=300,
            program=program())
        integrations = filled.out.split()
        finding.expect(len(integrations) == families, filled)
        began = time.monotonic()
        with Together(vault, integrations) as crowd:
            while provider.statistics["accepted"] < refreshes and time.monotonic() < began + DEADLINE:
                time.sleep(0.2)  # how often the provider is asked
        took = time.monotonic() - began
        statistics = provider.statistics
        states = vault.rows("SELECT lifecycle, count(*) AS number FROM integrations GROUP BY lifecycle")
    finding.runs, finding.wrong = statistics["accepted"], finding.wrong + crowd.wrong
    finding.expect(statistics["accepted"] >= refreshes, f"only {statistics['accepted']} refreshes in {took:.0f} s")
    finding.expect(statistics["resent"] == 0, f"{statistics['resent']} tokens sent again")
    finding.expect(statistics["revoked"] == 0, f"{statistics['revoked']} families lost")
    finding.expect([tuple(row) for row in states] == [("ready", families)], [tuple(row) for row in states])
    finding.note = (
        f"{statistics['accepted'] / took:.0f}/s, {crowd.served} credentials served meanwhile, {crowd.restarts} restarts")
    return finding


class TheProvider:
    """The simulator as a process of its own; it knows nothing of Reseal."""

    def __init__(self, families):
        self.process = subprocess.Popen(
            [program(), "provide", str(families), str(LIFETIME)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def statistics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/statistics", timeout=30) as reply:
            return json.load(reply)


class Together:
    """Servers with their schedulers, which end and begin anew in turn, cron jobs one after the other, callers through the
    library."""

    def __init__(self, vault, integrations):
        self.vault, self.integrations = vault, integrations
        self.wrong, self.served, self.restarts, self.over = [], 0, 0, threading.Event()

    def __enter__(self):
        self.servers = [self.server(number) for number in range(SERVERS)]
        self.callers = [self.caller() for _ in range(CALLERS)]
        self.turns = [threading.Thread(target=turn) for turn in [self.cron] * CRONS + [self.restart]]
        for turn in self.turns:
            turn.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for caller in self.callers:
            out, _ = caller.communicate(timeout=60)
            self.expect(caller.returncode == 0, f"a caller: exit {caller.returncode}")
            self.served += json.loads(out)["served"] if caller.returncode == 0 else 0
        for turn in self.turns:
            turn.join(timeout=90)
        for server in self.servers:
            self.end(server)

    def server(self, number):
        return Server(self.vault, self.vault.folder.with_name(f"server-{number}.log"))

    def end(self, server):
        """Once it listens: it finishes what it has in flight, and ends by itself."""
        self.expect(server.address, "a server did not begin")
        self.expect(server.stop() == 0, f"a server: exit {server.process.returncode}: {server.tail()}")

    def restart(self):
        while not self.over.wait(BETWEEN_RESTARTS):
            number = self.restarts % SERVERS
            self.end(self.servers[number])
            self.servers[number] = self.server(number)
            self.restarts += 1

    def caller(self):
        caller = subprocess.Popen(
            [program(), "call", self.vault.database, self.vault.key, self.vault.providers, WORKSPACE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.vault.environment, text=True)
        caller.stdin.write("\n".join(self.integrations) + "\n\n")
        caller.stdin.flush()
        return caller

    def cron(self):
        while not self.over.is_set():
            outcome = self.vault.run("refresh", "--due", "--max-seconds", "5")
            self.expect(outcome.code in (0, 5), outcome)

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(str(what))
