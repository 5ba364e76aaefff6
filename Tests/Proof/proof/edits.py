"""What somebody who may write the database, and has no key, can do to it. Every table and column is read from the schema."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from .forgery import forged_credential
from .vault import integration_id

TARGET = integration_id(1)
# Which row is attacked, where the first one of the tenant is not one that the battery uses.
ROWS = {
    "access_keys": "prefix = '{prefix}'",
    "certificates": "state = 'active'",
    "connectors": "slug = 'key'",
    "credentials": f"integration = '{TARGET}' AND state = 'committed' ORDER BY version DESC",
    "integrations": f"integration = '{TARGET}'",
    "root_slots": "kind = 'file'",
    "workspace_keys": "generation = 2",
}


@dataclass(frozen=True)
class Edit:
    """`kind` is the attack; `apply` does it, or raises `Impossible` where the rows do not lend themselves."""

    table: str
    column: str | None
    kind: str
    apply: Callable

    @property
    def name(self):
        return f"{self.kind} {self.table}" + (f".{self.column}" if self.column else "")


class Impossible(Exception):
    """There is no such row, or no other value: nothing would be attacked."""


class Attack:
    """A connection that checks nothing, and leaves the schema as it was unless that is the attack."""

    def __init__(self, vault, tenant, stranger, past):
        self.tenant, self.stranger, self.past = tenant, stranger, past
        self.db = sqlite3.connect(vault.database, isolation_level=None)
        self.db.row_factory = sqlite3.Row

    def __enter__(self):
        self.db.execute("PRAGMA foreign_keys = OFF")
        self.db.execute("PRAGMA ignore_check_constraints = ON")
        self.triggers = self.db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        self.db.execute("BEGIN")
        for trigger in self.triggers:
            self.db.execute(f"DROP TRIGGER {trigger['name']}")
        return self

    def __exit__(self, failed, *_):
        if not failed:
            for trigger in self.triggers:
                self.db.execute(trigger["sql"])
            self.db.execute("COMMIT")
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    # --- rows ---

    def columns(self, table):
        return [row["name"] for row in self.db.execute(f"PRAGMA table_info({table})")]

    def key(self, table):
        return [row["name"] for row in self.db.execute(f"PRAGMA table_info({table})") if row["pk"]]

    def target(self, table, workspace=None):
        """The rowid and row that is attacked."""
        workspace = workspace or self.tenant.workspace
        wanted = ROWS.get(table, "1").format(prefix=self.tenant.key.split("_")[1])
        if workspace != self.tenant.workspace:
            wanted = "1"
        where = f"workspace = '{workspace}' AND " if "workspace" in self.columns(table) else ""
        return self.first(f"SELECT rowid AS rowid_, * FROM {table} WHERE {where}{wanted}")

    def first(self, query, *values):
        row = self.db.execute(query, values).fetchone()
        if row is None:
            raise Impossible(query)
        return row

    def other(self, table, column, mine, same_tenant):
        """Another row with another value there, of the same tenant or of another."""
        columns, where = self.columns(table), f"rowid != ? AND {column} IS NOT ?"
        if "workspace" in columns:
            where += f" AND workspace {'=' if same_tenant else '!='} '{self.tenant.workspace}'"
        elif not same_tenant:
            raise Impossible("no tenants here")
        return self.first(
            f"SELECT rowid AS rowid_, * FROM {table} WHERE {where}", mine["rowid_"], mine[column])

    def set(self, table, row, **values):
        sets = ", ".join(f"{name} = ?" for name in values)
        self.db.execute(f"UPDATE OR REPLACE {table} SET {sets} WHERE rowid = ?", [*values.values(), row["rowid_"]])

    def delete(self, table, row):
        self.db.execute(f"DELETE FROM {table} WHERE rowid = ?", [row["rowid_"]])

    def insert(self, table, values):
        names = ", ".join(values)
        self.db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", [*values.values()])


# --- one column ---


def flipped(value, kind):
    """Another value of the same type: one bit, one letter, one more."""
    if value is None:
        return {"INTEGER": 1, "TEXT": "b", "BLOB": b"\x01"}[kind]
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return ("c" if value[:1] == "b" else "b") + value[1:]
    middle = len(value) // 2
    return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1:] if value else b"\x01"


def flip(table, column, kind):
    def apply(attack):
        row = attack.target(table)
        attack.set(table, row, **{column: flipped(row[column], kind)})

    return apply


def swap(table, column, same_tenant):
    def apply(attack):
        mine = attack.target(table)
        theirs = attack.other(table, column, mine, same_tenant)
        # Both rows at once: a key that is there twice for a moment would be refused.
        for row in (mine, theirs):
            attack.delete(table, row)
        for row, value in ((mine, theirs[column]), (theirs, mine[column])):
            attack.insert(table, {name: row[name] for name in attack.columns(table)} | {column: value})

    return apply


# --- one row ---


def delete(table):
    return lambda attack: attack.delete(table, attack.target(table))


def duplicate(table):
    """The same row once more, under another key."""

    def apply(attack):
        row = attack.target(table)
        values = {name: row[name] for name in attack.columns(table)}
        column = attack.key(table)[-1]
        kind = {int: "INTEGER", str: "TEXT", bytes: "BLOB"}[type(values[column])]
        values[column] = values[column] + 1000 if kind == "INTEGER" else flipped(values[column], kind)
        for unique in ("listener", "ticket_hash", "state_hash", "slug"):
            if values.get(unique) is not None and unique != column:
                values[unique] = flipped(values[unique], "TEXT")
        attack.insert(table, values)

    return apply


def move(table, same_tenant):
    """Another row's content under this row's key."""

    def apply(attack):
        mine, key = attack.target(table), attack.key(table)
        theirs = attack.other(table, key[-1] if same_tenant else key[0], mine, same_tenant)
        values = {name: theirs[name] for name in attack.columns(table) if name not in key}
        for unique in ("listener", "ticket_hash", "state_hash"):
            values.pop(unique, None)
        attack.set(table, mine, **values)

    return apply


def put_back(table):
    """A row as it was before it was changed."""

    def apply(attack):
        with closing(sqlite3.connect(attack.past.database)) as past:
            past.row_factory = sqlite3.Row
            old = past.execute(f"SELECT * FROM {table}").fetchall()
        key = attack.key(table)
        for row in old:
            where = " AND ".join(f"{name} = ?" for name in key)
            now = attack.db.execute(
                f"SELECT rowid AS rowid_, * FROM {table} WHERE {where}", [row[name] for name in key]).fetchone()
            if now and any(row[name] != now[name] for name in row.keys()):
                attack.set(table, now, **{name: row[name] for name in row.keys()})
                return
        raise Impossible("no row has changed since")

    return apply


# --- what needs more than one row ---


def forge_value(attack):
    """A value sealed with the public key, in the place of the current version."""
    head, row = attack.target("integrations"), attack.target("credentials")
    attack.set("credentials", row, **forged_credential(attack, head, row["version"]))


def forge_version(attack):
    """A new version sealed with the public key, and the head points at it."""
    head, row = attack.target("integrations"), attack.target("credentials")
    version = row["version"] + 1
    values = {name: row[name] for name in attack.columns("credentials")}
    attack.insert("credentials", values | {"version": version} | forged_credential(attack, head, version))
    attack.set("integrations", head, current_version=version, last_version=version)


def forge_key(attack):
    """An access key that the attacker knows, with another key's MAC."""
    row = attack.target("access_keys")
    values = {name: row[name] for name in attack.columns("access_keys")}
    attack.insert("access_keys", values | {"prefix": "00000000", "hash": hashlib.sha256(FORGED_KEY.encode()).digest()})


FORGED_KEY = "rsk_00000000_" + "A" * 43


def point_back(attack):
    attack.set("integrations", attack.target("integrations"), current_version=1)


def point_at_neighbour(attack):
    """The head of another customer's integration, under this id."""
    theirs = attack.first("SELECT rowid AS rowid_, * FROM integrations WHERE integration = ?", integration_id(0))
    attack.set("integrations", attack.target("integrations"), customer=theirs["customer"])


def unrevoke(attack):
    attack.db.execute("UPDATE access_keys SET revoked_at = NULL")


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


def schema(sql):
    return lambda attack: attack.db.execute(sql)


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
    Edit("integrations", "current_version", "point back", point_back),
    Edit("integrations", "customer", "point at the neighbour", point_at_neighbour),
    Edit("workspace_keys", "public_key", "swap for the attacker's", swap_public_key),
    Edit("vault", "recovery_public_key", "swap for the attacker's", swap_recovery_key),
    Edit("audit", None, "truncate", truncate_log),
    Edit("audit", None, "cut one out of", cut_log),
    Edit("audit", None, "reorder", reorder_log),
    Edit("audit", None, "empty", empty_log),
    Edit("schema", None, "plant a trigger in", schema(
        "CREATE TRIGGER planted AFTER UPDATE ON access_keys BEGIN UPDATE access_keys SET revoked_at = NULL; END")),
    Edit("schema", None, "plant a view in", schema("CREATE VIEW planted AS SELECT * FROM credentials")),
    Edit("schema", None, "plant a table in", schema("CREATE TABLE planted (a)")),
    Edit("schema", None, "plant an index in", schema("CREATE INDEX planted ON credentials (customer)")),
    Edit("schema", None, "drop an index of", schema("DROP INDEX credentials_by_generation")),
    Edit("schema", None, "drop the triggers of", keep_unlocked),
]


def every_edit(vault):
    """One list for the whole schema, as it stands in the database."""
    with closing(sqlite3.connect(vault.database)) as db:
        tables = [name for (name,) in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")]
        columns = {table: db.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall() for table in tables}
    edits = list(SCHEMES)
    for table in tables:
        edits += [Edit(table, None, "delete from", delete(table)), Edit(table, None, "duplicate in", duplicate(table))]
        edits += [
            Edit(table, None, "move within", move(table, True)), Edit(table, None, "move between tenants in", move(table, False)),
            Edit(table, None, "put an old row back in", put_back(table))]
        for column, kind in columns[table]:
            edits += [
                Edit(table, column, "flip", flip(table, column, kind)),
                Edit(table, column, "swap within", swap(table, column, True)),
                Edit(table, column, "swap between tenants", swap(table, column, False))]
    return edits
