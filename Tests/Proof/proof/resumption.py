"""How an operator goes on after a crash: whatever is left to do. Each says None, or what is in the way."""

import json
import re
from pathlib import Path

from .furnishing import CREDENTIALS
from .vault import integration_id

NEW_VALUE = "value-after-the-crash"
TARGET = 7
ROLLBACK = ("credential", "rollback", integration_id(0), "--to", "1", "--yes")


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
