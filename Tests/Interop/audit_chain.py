"""Follows an audit log from docs/format.md alone: of a database, or of an export. Needs the first public key only."""

import json
import sqlite3

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

import format_v1 as v1

SEQUENCES = 2**53
ENTRY = "sequence at workspace actor action subject detail key_number".split()
MOVING = {"credentials": {"generation", "header", "payload"}, "sealed_secrets": {"generation", "header", "payload"}, "workspace_keys": {"wrapped"}}
LOGGED_ABOVE = ("vault", "root_slots", "workspaces", "key_rings", "workspace_keys", "quarantine")
NAMES = {"credentials": lambda row: "credential", "sealed_secrets": lambda row: row["name"]}


class Broken(Exception):
    """Names the first entry that does not fit."""


def u32(number):
    return number.to_bytes(4, "little")


def i64(number):
    return number.to_bytes(8, "little", signed=True)


def verify(key, signature, message, what):
    try:
        VerifyKey(key).verify(message, signature or b"")
    except (BadSignatureError, ValueError):
        raise Broken(what) from None


def entry_bytes(entry, changes):
    columns = b"".join(v1.column(entry[name]) for name in ENTRY)
    told = (v1.column(c["row_table"]) + v1.column(c["row_key"]) + v1.column(c["digest"]) for c in changes)
    return columns + u32(len(changes)) + b"".join(told)


def succession(vault, keys, first_key):
    """The keys, each vouched for by the one before it."""
    for number, key in enumerate(keys, 1):
        what = f"audit_keys/{number}"
        if key["number"] != number:
            raise Broken(what)
        if number == 1:
            if key["public_key"] != first_key or key["first_sequence"] != 1:
                raise Broken(what)
            continue
        before = keys[number - 2]
        if key["first_sequence"] <= before["first_sequence"]:
            raise Broken(what)
        message = b"reseal/audit/key/v1" + v1.lp(vault) + i64(number) + i64(key["first_sequence"]) + key["public_key"]
        verify(before["public_key"], key["endorsement"], message, what)


def follow(vault, keys, horizon, entries, first_key):
    """`entries`: pairs of an entry and its changes. Returns the head; raises `Broken`."""
    succession(vault, keys, first_key)
    if horizon and not 0 < horizon[0] < SEQUENCES:
        raise Broken("audit_horizon/1")
    ends = {key["first_sequence"] - 1 for key in keys[1:]}
    sequence, chain = horizon or (0, v1.blake2b(b"reseal/audit/v1" + v1.lp(vault)))
    signed, pruned = False, None
    for entry, changes in entries:
        what = f"audit/{sequence + 1}"
        chain = v1.blake2b(b"reseal/audit/v1" + chain + v1.lp(entry_bytes(entry, changes)))
        if entry["sequence"] != sequence + 1 or entry["hash"] != chain:
            raise Broken(what)
        sequence += 1
        holder = [key for key in keys if key["first_sequence"] <= sequence][-1]
        if entry["key_number"] != holder["number"] or (entry["action"] == "audit.key") != (sequence in ends):
            raise Broken(what)
        signed = entry["signature"] is not None
        if signed:
            message = b"reseal/audit/head/v1" + v1.lp(vault) + i64(sequence) + chain
            verify(holder["public_key"], entry["signature"], message, what)
        if entry["action"] == "audit.prune":
            through, _, digest = json.loads(entry["detail"])["through"].partition(":")
            pruned = (int(through), bytes.fromhex(digest))
    if not signed or pruned != horizon or keys[-1]["first_sequence"] > sequence + 1:
        raise Broken(f"audit/{sequence}")
    return f"{sequence}:{chain.hex()}"


def of_database(path, first_key):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    changes = {}
    for change in db.execute("SELECT * FROM audit_changes ORDER BY sequence, position"):
        changes.setdefault(change["sequence"], []).append(change)
    entries = [(entry, changes.pop(entry["sequence"], [])) for entry in db.execute("SELECT * FROM audit ORDER BY sequence")]
    if changes:
        raise Broken(f"audit_changes/{min(changes)}")
    horizon = db.execute("SELECT through, hash FROM audit_horizon").fetchone()
    vault = db.execute("SELECT vault FROM vault").fetchone()[0]
    keys = db.execute("SELECT * FROM audit_keys ORDER BY number").fetchall()
    if [key["wrapped"] is not None for key in keys] != [key is keys[-1] for key in keys]:
        raise Broken("audit_keys")
    return follow(vault, keys, tuple(horizon) if horizon else None, entries, first_key)


def of_export(text, first_key):
    head, *lines = [json.loads(line) for line in text.splitlines()]
    blob = lambda value: None if value is None else bytes.fromhex(value)
    keys = [
        {"number": line["key"], "first_sequence": line["first_sequence"], "public_key": blob(line["public_key"]), "endorsement": blob(line.get("endorsement"))}
        for line in lines if "key" in line
    ]
    entries = [
        ({**{name: line.get(name) for name in ENTRY}, "hash": blob(line["hash"]), "signature": blob(line.get("signature"))},
         [{"row_table": c["table"], "row_key": c["key"], "digest": blob(c.get("digest"))} for c in line["changes"]])
        for line in lines if "sequence" in line
    ]
    horizon = head.get("horizon")
    horizon = (int(horizon.split(":")[0]), bytes.fromhex(horizon.split(":")[1])) if horizon else None
    return follow(head["vault"], keys, horizon, entries, first_key)


def digest(vault, table, columns, row):
    """What the log says about a row."""
    kept = [row[name] for name in columns if name not in MOVING.get(table, ())]
    if table in NAMES:
        place = {name: row[name] for name in ("workspace", "customer", "integration", "version")}
        context = v1.context_hash(vault=vault, name=NAMES[table](row), **place)
        kept.append(v1.ciphertext_hash(row["payload"], context))
    return v1.blake2b(b"reseal/digest/v1" + v1.lp(table) + b"".join(map(v1.column, kept)))


def compare_rows(path, vault):
    """Every row with the newest change that names it, both ways. Returns how many rows agree."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    newest = {(c["row_table"], c["row_key"]): c["digest"] for c in db.execute("SELECT * FROM audit_changes ORDER BY sequence, position")}
    tables = {**{name: v1.VAULT_TABLES[name] for name in LOGGED_ABOVE}, **v1.WORKSPACE_TABLES}
    agreed = 0
    for table, columns in tables.items():
        primary = [row["name"] for row in sorted(db.execute(f"PRAGMA table_info({table})"), key=lambda r: r["pk"]) if row["pk"]]
        for row in db.execute(f"SELECT * FROM {table}"):
            key = "/".join(str(row[name]) for name in primary)
            if newest.pop((table, key), None) != digest(vault, table, columns, row):
                raise Broken(f"{table}/{key}")
            agreed += 1
    missing = [name for name, value in newest.items() if value is not None]
    if missing:
        raise Broken("/".join(missing[0]))
    return agreed
