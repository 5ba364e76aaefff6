"""The commands that are interrupted: what stands before them, and how an operator goes on after a crash."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from .server import Client, Server
from .vault import WORKSPACE, Vault, integration_id

CREDENTIALS = 60  # more than one page of a rotation
FRAME = 4096 + 24  # bytes of a page in the write-ahead log
CHECKPOINT = 1000  # frames, after which SQLite moves them into the database
NEW_VALUE = "value-after-the-crash"
TARGET = 7


@dataclass(frozen=True)
class Workload:
    """`go` is the command. `go_on` does after a crash whatever is left to do, and says None or what is in the way."""

    name: str
    prepare: Callable
    go: Callable
    go_on: Callable
    keeps_payloads: bool = True
    has_checkpoint: bool = False


def value(number):
    return f"value-of-{number}"


def furnished(folder, room=900):
    """Sixty credentials of as many customers in one workspace. The write-ahead log has room for `room` frames more."""
    vault = Vault(folder).furnish()
    key = vault.do("access-key", "create", "--role", "write").out.split()[-1]
    with Server(vault, vault.folder.parent / f"{vault.folder.name}.log") as server:
        client = Client(server.address, key)
        put_all(client, range(CREDENTIALS))
        empty_log(vault)
        log = vault.folder / "vault.db-wal"
        while log.stat().st_size < (CHECKPOINT - room) * FRAME:
            put_all(client, range(1))
        client.close()
    return vault


def put_all(client, numbers):
    for number in numbers:
        new = {"connector": "key", "customer": f"customer-{number}"}
        status, reply = client.put(integration_id(number), value(number), **new)
        assert status == 200, reply


def empty_log(vault):
    with closing(sqlite3.connect(vault.database, timeout=10)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def nearly_full(folder):
    """The next transactions bring a checkpoint: the database itself is written."""
    return furnished(folder, room=30)


def after(prepare, *arguments):
    def prepared(folder):
        vault = prepare(folder)
        vault.do(*arguments)
        return vault

    return prepared


rotated = after(furnished, "key", "rotate")
retired = after(rotated, "key", "retire", "1", "--yes")


# --- what an operator does next ---


def again(*arguments, done=()):
    """The command once more; `done` are the codes by which it says that nothing is left to do."""

    def go_on(vault):
        outcome = vault.run(*arguments)
        return None if outcome.code in (0, *done) else str(outcome)

    return go_on


def put_if_missing(vault):
    [(version,)] = vault.rows("SELECT current_version FROM integrations WHERE integration = ?", integration_id(TARGET))
    outcome = vault.put(TARGET, NEW_VALUE) if version == 1 else None
    return str(outcome) if outcome and outcome.code else None


def create_if_missing(vault):
    if vault.rows("SELECT 1 FROM integrations WHERE integration = ?", integration_id(CREDENTIALS)):
        return None
    outcome = vault.put(CREDENTIALS, NEW_VALUE)
    return str(outcome) if outcome.code else None


def rotate_if_unfinished(vault):
    """`key status` says whether a rotation to generation 2 is over; if not, `key rotate` goes on with it."""
    status = vault.run("key", "status", "--format", "json")
    if status.code == 0 and status.records[0]["state"] == "verified":
        return None
    outcome = vault.run("key", "rotate")
    return str(outcome) if outcome.code else None


def command(*arguments):
    return lambda vault, faults: vault.run(*arguments, faults=faults)


rotate = command("key", "rotate", "--workspace", WORKSPACE)

WORKLOADS = [
    Workload("rotate", furnished, rotate, rotate_if_unfinished),
    Workload("rotate+checkpoint", nearly_full, rotate, rotate_if_unfinished, has_checkpoint=True),
    Workload("retire", rotated, command("key", "retire", "1", "--yes"), again("key", "retire", "1", "--yes", done=(2,))),
    Workload(
        "destroy", retired, command("key", "destroy", "1", "--yes"), again("key", "destroy", "1", "--yes", done=(2,))),
    Workload(
        "put", furnished, lambda vault, faults: vault.put(TARGET, NEW_VALUE, faults=faults), put_if_missing,
        keeps_payloads=False),
    Workload(
        "create", furnished, lambda vault, faults: vault.put(CREDENTIALS, NEW_VALUE, faults=faults), create_if_missing,
        keeps_payloads=False),
]
