"""Attacks that need more than one column: forged values and keys, the log, the schema, the whole database."""

import hashlib
import sqlite3
from contextlib import closing

from .attack import Edit, Impossible, Unchecked
from .forgery import forged_credential
from .vault import integration_id

def forge_value(attack):
    """A value sealed with the public key, in the place of the current version."""
    head, row = attack.target("integrations"), attack.target("credentials")
    attack.set("credentials", row, **forged_credential(attack, head, row["version"]))


def forge_version(attack):
    """A new version sealed with the public key, and the head points at it."""
    head, row = attack.target("integrations"), attack.target("credentials")
    version = row["version"] + 1
    attack.insert("credentials", attack.values("credentials", row) | {"version": version} | forged_credential(attack, head, version))
    attack.set("integrations", head, current_version=version, last_version=version)


def forge_key(attack):
    """An access key that the attacker knows, with another key's MAC."""
    row = attack.target("access_keys")
    known = {"prefix": "00000000", "hash": hashlib.sha256(FORGED_KEY.encode()).digest()}
    attack.insert("access_keys", attack.values("access_keys", row) | known)


FORGED_KEY = "rsk_00000000_" + "A" * 43


def point_back(attack):
    attack.set("integrations", attack.target("integrations"), current_version=1)


def point_at_neighbour(attack):
    """The head of another customer's integration, under this id."""
    theirs = attack.first("SELECT rowid AS rowid_, * FROM integrations WHERE integration = ?", integration_id(0))
    attack.set("integrations", attack.target("integrations"), customer=theirs["customer"])


def unrevoke(attack):
    attack.db.execute("UPDATE access_keys SET revoked_at = NULL")


def unrevoke_unseen(attack):
    """The revoked key's row as it was, and the index by which the newest change is looked up does not have that change."""
    prefix = attack.tenant.revoked.split("_")[1]
    put_row_back(attack, "access_keys", prefix=prefix)
    newest = attack.first(
        "SELECT rowid AS rowid_, * FROM audit_changes WHERE row_table = 'access_keys' AND row_key = ?"
        " ORDER BY sequence DESC", prefix)
    attack.hide("audit_changes", "audit_changes_by_row", newest)


def put_row_back(attack, table, **key):
    where = " AND ".join(f"{name} = ?" for name in key)
    with closing(sqlite3.connect(attack.past.database)) as past:
        past.row_factory = sqlite3.Row
        old = past.execute(f"SELECT * FROM {table} WHERE {where}", [*key.values()]).fetchone()
    now = attack.first(f"SELECT rowid AS rowid_, * FROM {table} WHERE {where}", *key.values())
    attack.set(table, now, **attack.values(table, old))


def swap_public_key(attack):
    attack.set("workspace_keys", attack.target("workspace_keys"), public_key=bytes(range(32)))


def swap_recovery_key(attack):
    attack.db.execute("UPDATE vault SET recovery_public_key = ?", [bytes(range(32))])


def truncate_log(attack):
    attack.db.execute("DELETE FROM audit WHERE rowid > (SELECT max(rowid) - 5 FROM audit)")


def cut_log(attack):
    attack.db.execute("DELETE FROM audit WHERE rowid = (SELECT max(rowid) - 5 FROM audit)")


def reorder_log(attack):
    last = attack.first("SELECT max(rowid) FROM audit")[0]
    attack.db.execute("UPDATE audit SET rowid = -1 WHERE rowid = ?", [last])
    attack.db.execute("UPDATE audit SET rowid = ? WHERE rowid = ?", [last, last - 1])
    attack.db.execute("UPDATE audit SET rowid = ? WHERE rowid = -1", [last - 1])


def empty_log(attack):
    attack.db.execute("DELETE FROM audit")


def forge_horizon(through):
    """A log of which everything up to there was pruned."""
    return lambda attack: attack.insert("audit_horizon", {
        "id": 1, "through": through, "hash": bytes(32), "layout": 1, "mac_generation": 0, "mac": bytes(32)})


def forge_quarantine(attack):
    row = attack.target("credentials")
    attack.insert("quarantine", {
        "workspace": row["workspace"], "row_table": "credentials", "row_key": f"{row['integration']}/{row['version']}",
        "generation": 2, "found_at": 0, "layout": 1, "mac_generation": 0, "mac": bytes(32)})


def turn_rowids(attack):
    """The same rows, under rowids below zero."""
    for table in ("credentials", "integrations", "access_keys", "connectors"):
        attack.db.execute(f"UPDATE {table} SET rowid = -rowid")


def count_on(last):
    """The number that the next event is to be above."""
    return lambda attack: attack.db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'", [last])


PLANTED = "CREATE TRIGGER planted AFTER UPDATE ON access_keys BEGIN UPDATE access_keys SET revoked_at = NULL; END"


def schema(sql):
    return lambda attack: attack.db.execute(sql)


def plant_under_another_name(attack):
    """SQLite goes by the name in the statement, whoever compares lists by the one in the row."""
    attack.db.execute("PRAGMA writable_schema = ON")
    attack.db.execute(
        "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('trigger', ?, 'audit', 0, ?)",
        [attack.triggers[0]["name"], PLANTED])


def keep_unlocked(attack):
    """The triggers that refuse changes to the log stay away."""
    if not attack.triggers:
        raise Impossible("there are none")
    attack.triggers = []


def roll_back(attack):
    """Everything as it was: the tables' whole content from the past."""
    tables = attack.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    attack.db.execute("COMMIT")
    attack.db.execute("ATTACH ? AS past", [str(attack.past.database)])
    attack.db.execute("BEGIN")
    for (table,) in tables:
        attack.db.execute(f"DELETE FROM main.{table}")
        attack.db.execute(f"INSERT INTO main.{table} SELECT * FROM past.{table}")


SCHEMES = [
    Edit("database", None, "put back", roll_back),
    Edit("credentials", None, "forge the value in", forge_value),
    Edit("credentials", None, "forge a new version in", forge_version),
    Edit("access_keys", None, "forge a row in", forge_key),
    Edit("access_keys", None, "unrevoke all in", unrevoke),
    Edit("access_keys", None, "put a revoked one back, unseen, in", unrevoke_unseen, connection=Unchecked),
    Edit("integrations", "current_version", "point back", point_back),
    Edit("integrations", "customer", "point at the neighbour", point_at_neighbour),
    Edit("workspace_keys", "public_key", "swap for the attacker's", swap_public_key),
    Edit("vault", "recovery_public_key", "swap for the attacker's", swap_recovery_key),
    Edit("audit", None, "truncate", truncate_log),
    Edit("audit", None, "cut one out of", cut_log),
    Edit("audit", None, "reorder", reorder_log),
    Edit("audit", None, "empty", empty_log),
    Edit("quarantine", None, "forge a row in", forge_quarantine),
    *(Edit("audit_horizon", None, "forge", forge_horizon(n), f" through {n}") for n in (2**63 - 1, 2**53, 5, -1, -(2**63))),
    *(Edit("sqlite_sequence", None, "set", count_on(n), f" to {n}") for n in (2**63 - 1, 2**53, -1, "text", None)),
    Edit("rowids", None, "turn", turn_rowids),
    Edit("schema", None, "plant under another's name a trigger in", plant_under_another_name),
    Edit("schema", None, "plant a trigger in", schema(PLANTED)),
    Edit("schema", None, "plant a view in", schema("CREATE VIEW planted AS SELECT * FROM credentials")),
    Edit("schema", None, "plant a table in", schema("CREATE TABLE planted (a)")),
    Edit("schema", None, "plant an index in", schema("CREATE INDEX planted ON credentials (customer)")),
    Edit("schema", None, "drop an index of", schema("DROP INDEX credentials_by_generation")),
    Edit("schema", None, "drop the triggers of", keep_unlocked),
]
