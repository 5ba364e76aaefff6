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
DESTROY = ("key", "destroy", "1", "--now", "--yes")
ROLLBACK = ("credential", "rollback", integration_id(0), "--to", "1", "--yes")


@dataclass(frozen=True)
class Workload:
    """`go` is the command. `go_on` does after a crash whatever is left to do, and says None or what is in the way."""

    name: str
    prepare: Callable
    go: Callable
    go_on: Callable
    keeps_payloads: bool = True
    has_checkpoint: bool = False
    is_new: bool = False


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


def nothing(folder):
    folder.mkdir()
    return Vault(folder)


def lost(folder):
    """Only a backup is left, and the key."""
    vault = furnished(folder)
    vault.do("backup", "create", "--out", vault.backup)
    for path in vault.folder.glob("vault.db*"):
        path.unlink()
    return vault


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


def roll_back_if_not_done(vault):
    if vault.rows("SELECT 1 FROM credentials WHERE integration = ? AND origin = 'rollback'", integration_id(0)):
        return None
    outcome = vault.run(*ROLLBACK)
    return str(outcome) if outcome.code else None


def back_up_again(vault):
    """What has its name is sound. What has not may be in the way; the command says so, and it is taken away."""
    if vault.backup.exists():
        outcome = vault.run("backup", "verify", vault.backup)
        return None if outcome.code == 0 else str(outcome)
    take_away_the_rest(vault)
    outcome = vault.run("backup", "create", "--out", vault.backup)
    return str(outcome) if outcome.code else None


def restore_again(vault):
    if vault.database.exists():
        return None
    take_away_the_rest(vault)
    outcome = vault.run("backup", "restore", vault.backup, "--yes")
    return str(outcome) if outcome.code else None


def take_away_the_rest(vault):
    for path in vault.folder.glob("*.partial*"):
        path.unlink()


def init_again(vault):
    """Nothing was promised yet, so an operator who did not see it end begins anew."""
    if vault.recovery.exists() and vault.recovery.stat().st_size and vault.run("verify").code == 0:
        return None
    for path in vault.folder.iterdir():
        path.unlink()
    outcome = initialize(vault, None)
    return str(outcome) if outcome.code else None


def initialize(vault, faults):
    return vault.run("init", "--recovery-out", vault.recovery, faults=faults)


def rotate_away_if_unfinished(vault):
    """Once begun, it is an ordinary rotation that goes on."""
    if len(vault.run("key", "list", "--format", "json").records) > 1:
        return rotate_if_unfinished(vault)
    outcome = vault.run("key", "rotate", "--compromised", "--yes")
    return str(outcome) if outcome.code else None


def command(*arguments):
    return lambda vault, faults: vault.run(*arguments, faults=faults)


rotate = command("key", "rotate", "--workspace", WORKSPACE)

WORKLOADS = [
    Workload("rotate", furnished, rotate, rotate_if_unfinished),
    Workload("rotate+checkpoint", nearly_full, rotate, rotate_if_unfinished, has_checkpoint=True),
    Workload("retire", rotated, command("key", "retire", "1", "--yes"), again("key", "retire", "1", "--yes", done=(2,))),
    Workload("destroy", retired, command(*DESTROY), again(*DESTROY, done=(2,))),
    Workload(
        "rotate --compromised", furnished, command("key", "rotate", "--compromised", "--yes"),
        rotate_away_if_unfinished, keeps_payloads=False),
    Workload(
        "put", furnished, lambda vault, faults: vault.put(TARGET, NEW_VALUE, faults=faults), put_if_missing,
        keeps_payloads=False),
    Workload(
        "create", furnished, lambda vault, faults: vault.put(CREDENTIALS, NEW_VALUE, faults=faults), create_if_missing,
        keeps_payloads=False),
    Workload("rollback", furnished, command(*ROLLBACK), roll_back_if_not_done, keeps_payloads=False),
    Workload(
        "backup", furnished, lambda vault, faults: vault.run("backup", "create", "--out", vault.backup, faults=faults),
        back_up_again),
    Workload(
        "restore", lost, lambda vault, faults: vault.run("backup", "restore", vault.backup, "--yes", faults=faults),
        restore_again),
    Workload("init", nothing, initialize, init_again, is_new=True),
]
