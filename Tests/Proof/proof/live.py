"""Attacks on the audit log of a vault that a server has open and has written: it must not go on where the log was bent."""

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

from .attack import Attack
from .case import Case, Finding
from .forgery import chained
from .server import Client, Server
from .vault import integration_id, scratch
from .furnishing import furnished

WRITTEN, READ = integration_id(1), integration_id(2)
GREATEST = 2**63 - 1


@dataclass(frozen=True)
class Bend:
    """`apply` is done while the server runs, `tidy` after it has tried to write again. `is_refused`: nothing may be
    written any more. `is_found`: by `verify` and `audit verify`, of what is left when the server has ended."""

    name: str
    apply: Callable
    tidy: Callable = lambda attack: None
    is_refused: bool = True
    is_found: bool = True


class LiveLog:
    name = "hostile storage: live log"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            template = furnished(folder / "template")
            key = template.do("access-key", "create", "--role", "write").out.split()[-1]
            fill_first_key(template, key, folder / "template.log")
            yield [
                Case(bend.name, lambda bend=bend: attacked(template, key, folder / bend.name.replace(" ", "-"), bend))
                for bend in BENDS
            ]


def fill_first_key(vault, key, log):
    """Writes until a second key signs the log, and some more."""
    with Server(vault, log, arguments=["--no-scheduler"]) as server:
        client = Client(server.address, key)
        for number in range(1100):
            assert client.put(WRITTEN, f"filling-{number}")[0] == 200
        client.close()
    assert vault.rows("SELECT max(number) FROM audit_keys")[0][0] > 1, "one key signed it all"


def attacked(template, key, folder, bend):
    vault, finding = template.copy(folder), Finding()
    try:
        with Server(vault, vault.log, arguments=["--no-scheduler"]) as server:
            client = Client(server.address, key)
            assert client.put(WRITTEN, "before")[0] == 200 and client.get(READ)[0] == 200
            for number, edit in enumerate((bend.apply, bend.tidy)):
                with Attack(vault) as attack:
                    edit(attack)
                finding.faults = 1
                if not go_on(client, f"after-{number}", bend, finding):
                    break
            client.close()
        finding.expect(server.process.returncode == 0, f"serve: exit {server.process.returncode}: {server.tail()}")
        look(vault, bend, finding)
    finally:
        shutil.rmtree(folder)
    return finding


def go_on(client, text, bend, finding):
    """- Returns: whether the server still answers."""
    try:
        for _ in range(2):  # the first answer may come from what the server remembers
            status, reply = client.put(WRITTEN, text)
            finding.expect(status in (200, 500, 503), f"put: status {status}")
            finding.expect(status != 200 or not bend.is_refused, "the server wrote on, behind what it had never written")
            status, reply = client.get(WRITTEN)
            finding.expect(status in (200, 500, 503), f"get: status {status}")
            finding.expect(status != 200 or reply["api_key"] in ("before", text, "after-0"), "A WRONG VALUE was given")
    except (OSError, HTTPException) as error:
        return finding.expect(False, f"the server answered no more: {type(error).__name__}")
    return True


def look(vault, bend, finding):
    for arguments in (("verify",), ("audit", "verify")):
        outcome = vault.run(*arguments)
        finding.expect(outcome.is_documented and outcome.code in (0, 4), outcome)
        finding.expect(outcome.code == 4 or not bend.is_found, f"not found by {' '.join(arguments)}")
    outcome = vault.run("credential", "put", WRITTEN, "--kind", "api_key", stdin="by command")
    finding.expect(outcome.is_documented and outcome.code in (0, 4), outcome)


# --- what is done to the log ---


def newest(attack):
    return attack.first("SELECT rowid AS rowid_, * FROM audit ORDER BY sequence DESC")


def forget_opening(attack):
    """The newest entry, an opening, is gone, and a horizon beyond everything says that nothing can be missed."""
    entry = newest(attack)
    assert entry["action"] == "credential.open", entry["action"]
    attack.delete("audit", entry)
    forge_horizon(attack)


def forge_horizon(attack):
    attack.db.execute("INSERT OR REPLACE INTO audit_horizon VALUES (1, 1000000, x'00', 1, 0, x'00')")


def lower_horizon(attack):
    attack.db.execute("DELETE FROM audit_horizon")


def numbered(sequence):
    """The newest entry once more, under a number where none is due."""
    return lambda attack: attack.insert("audit", attack.values("audit", newest(attack)) | {"sequence": sequence})


def append_unsigned(attack):
    """What everybody can compute who reads the log: the next entry, with the hash that it must have."""
    attack.insert("audit", chained(newest(attack), action="access-key.create", subject="access_keys/00000000"))


def append_with_old_signature(attack):
    last = newest(attack)
    attack.insert("audit", chained(last, action="access-key.create") | {"signature": last["signature"]})


def rewrite_tail(attack):
    """The newest entries say something else; hashes fit again, signatures are gone."""
    last = attack.db.execute("SELECT rowid AS rowid_, * FROM audit ORDER BY sequence DESC LIMIT 4").fetchall()
    before = last.pop()
    for entry in reversed(last):
        attack.db.execute("DELETE FROM audit_changes WHERE sequence = ?", [entry["sequence"]])
        attack.set("audit", entry, **(before := chained(before, action="credential.open")))


def cut_behind_key(attack):
    """Back to where the first key signed: entries, changes, and the keys that came later."""
    cut_but_keep_keys(attack)
    attack.db.execute("DELETE FROM audit_keys WHERE number > 1")


def cut_but_keep_keys(attack):
    [end] = attack.first(
        "SELECT max(sequence) FROM audit WHERE signature IS NOT NULL AND sequence <"
        " (SELECT first_sequence - 100 FROM audit_keys WHERE number = 2)")
    for table in ("audit", "audit_changes"):
        attack.db.execute(f"DELETE FROM {table} WHERE sequence > ?", [end])


def cut_and_claim_horizon(attack):
    cut_but_keep_keys(attack)
    forge_horizon(attack)


def surplus_key(attack):
    """A successor of the key that signs now, of which no entry tells."""
    key = attack.first("SELECT rowid AS rowid_, * FROM audit_keys ORDER BY number DESC")
    first = newest(attack)["sequence"] + 1
    attack.insert("audit_keys", attack.values("audit_keys", key) | {"number": key["number"] + 1, "first_sequence": first})


BENDS = [
    # The log that is left is a true one that ends earlier: nobody but the server can know.
    Bend("an opening forgotten under a forged horizon", forget_opening, lower_horizon, is_found=False),
    Bend("a forged horizon", forge_horizon, is_refused=False),
    Bend("the greatest number", numbered(GREATEST)),
    Bend("the greatest number but one", numbered(GREATEST - 1)),
    Bend("a gap", numbered(2**40)),
    Bend("number 0", numbered(0), is_refused=False),
    Bend("number -7", numbered(-7), is_refused=False),
    Bend("the least number", numbered(-GREATEST - 1), is_refused=False),
    Bend("an unsigned entry at the end", append_unsigned),
    Bend("an entry with another's signature at the end", append_with_old_signature),
    Bend("a rewritten end", rewrite_tail),
    Bend("cut back behind a key", cut_behind_key),
    Bend("cut back behind a key that stays", cut_but_keep_keys),
    Bend("cut back under a forged horizon", cut_and_claim_horizon, lower_horizon),
    Bend("a surplus key", surplus_key, is_refused=False),
]
