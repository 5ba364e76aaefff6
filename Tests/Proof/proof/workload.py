"""The commands that are interrupted: what stands before them, and how an operator goes on after a crash."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .endstate import end_state, end_state_away_from_leaked_keys
from .server import Client, Server
from .vault import WORKSPACE, Vault, integration_id

CREDENTIALS = 60  # more than one page of a rotation
FRAME = 4096 + 24  # bytes of a page in the write-ahead log
CHECKPOINT = 1000  # frames, after which SQLite moves them into the database
NEW_VALUE = "value-after-the-crash"
TARGET = 7
DESTROY = ("key", "destroy", "1", "--now", "--yes")
REMOVE_SLOT = ("root", "remove-slot", "second", "--yes")
ROLLBACK = ("credential", "rollback", integration_id(0), "--to", "1", "--yes")


@dataclass(frozen=True)
class Workload:
    """`go` is the command. `go_on` does after a crash whatever is left to do, and says None or what is in the way.
    `end_state` is what must be the same in the end, however often it was interrupted."""

    name: str
    prepare: Callable
    go: Callable
    go_on: Callable
    keeps_payloads: bool = True
    has_checkpoint: bool = False
    is_new: bool = False
    end_state: Callable = end_state


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
    if status.code == 0 and json.loads(status.out)["rotation"]["state"] == "verified":
        return None
    outcome = vault.run("key", "rotate")
    return str(outcome) if outcome.code else None


def roll_back_if_not_done(vault):
    if vault.rows("SELECT 1 FROM credentials WHERE integration = ? AND origin = 'rollback'", integration_id(0)):
        return None
    outcome = vault.run(*ROLLBACK)
    return str(outcome) if outcome.code else None


def back_up_again(vault):
    """What has its name is sound. What has not may be in the way: the very files that the command names are taken away."""
    while not vault.backup.exists():
        outcome = vault.run("backup", "create", "--out", vault.backup)
        if outcome.code and not (found := IN_THE_WAY.match(outcome.err)):
            return str(outcome)
        if outcome.code:
            Path(found[1]).unlink()
    take_away_the_rest(vault)
    outcome = vault.run("backup", "verify", vault.backup)
    return None if outcome.code == 0 else str(outcome)


def restore_again(vault):
    take_away_the_rest(vault)
    if vault.database.exists():
        return None
    outcome = vault.run("backup", "restore", vault.backup, "--yes")
    return str(outcome) if outcome.code else None


def take_away_the_rest(vault):
    """What is being made has a name of its own, and for a moment both: docs/operation.md."""
    for path in vault.folder.glob("*.partial*"):
        path.unlink()


IN_THE_WAY = re.compile(r"^reseal: (?:there is )?(\S+) (?:is left over|already, and it may hold)")


def init_again(vault):
    """A vault that is there is whole, and its recovery key was written down before. Else the command is given again, after
    the very files that it names were taken away."""
    while not vault.database.exists():
        outcome = initialize(vault, None)
        if outcome.code and not (found := IN_THE_WAY.match(outcome.err)):
            return str(outcome)
        if outcome.code:
            Path(found[1]).unlink()
    take_away_the_rest(vault)
    outcome = vault.run("root", "drill", "--source", f"recovery:{vault.recovery}")
    return str(outcome) if outcome.code else None


def initialize(vault, faults):
    return vault.run("init", "--recovery-out", vault.recovery, faults=faults)


def rotate_away_if_unfinished(vault):
    """Once the old generation counts as known to others, it is an ordinary rotation that goes on."""
    if vault.rows("SELECT 1 FROM key_rings WHERE tainted_through IS NOT NULL"):
        return rotate_if_unfinished(vault)
    outcome = vault.run("key", "rotate", "--compromised")
    return str(outcome) if outcome.code else None


def rekey(vault, faults):
    return vault.run("root", "rekey", "--yes", "--slot-source", f"file:{vault.second_key}", faults=faults)


def rekey_if_not_done(vault):
    [(epoch,)] = vault.rows("SELECT root_epoch FROM vault")
    outcomes = [rekey(vault, None)] if epoch == 1 else []
    for key in (vault.key, vault.second_key, vault.recovery):
        kind = "recovery" if key == vault.recovery else "file"
        outcomes.append(vault.run("root", "drill", "--source", f"{kind}:{key}"))
    return next((str(outcome) for outcome in outcomes if outcome.code), None)


def add_slot(vault, faults):
    return vault.run("root", "add-slot", "--from", f"file:{vault.second_key}", "--name", "second", faults=faults)


def add_slot_again(vault):
    """A key file is there whole or not at all. Refused is what was done already: then the key opens its slot."""
    outcome = add_slot(vault, None)
    if outcome.code == 2:
        outcome = vault.run("root", "drill", "--source", f"file:{vault.second_key}")
    return str(outcome) if outcome.code else None


def with_second_slot(folder):
    vault = furnished(folder)
    assert add_slot(vault, None).code == 0
    return vault


def command(*arguments):
    return lambda vault, faults: vault.run(*arguments, faults=faults)


rotate = command("key", "rotate", "--workspace", WORKSPACE)

WORKLOADS = [
    Workload("rotate", furnished, rotate, rotate_if_unfinished),
    Workload("rotate+checkpoint", nearly_full, rotate, rotate_if_unfinished, has_checkpoint=True),
    Workload("retire", rotated, command("key", "retire", "1", "--yes"), again("key", "retire", "1", "--yes", done=(2,))),
    Workload("destroy", retired, command(*DESTROY), again(*DESTROY, done=(2,))),
    Workload(
        "rotate --compromised", furnished, command("key", "rotate", "--compromised"),
        rotate_away_if_unfinished, keeps_payloads=False, end_state=end_state_away_from_leaked_keys),
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
    Workload("rekey", with_second_slot, rekey, rekey_if_not_done),
    Workload("add-slot", furnished, add_slot, add_slot_again),
    Workload("remove-slot", with_second_slot, command(*REMOVE_SLOT), again(*REMOVE_SLOT, done=(2,))),
    Workload("init", nothing, initialize, init_again, is_new=True),
]
