"""A connection to a vault's database as an attacker has it, and what he can do with one row."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from .unchecked import lift, put_back
from .vault import integration_id

TARGET = integration_id(1)
# Which row is attacked, where the first one of the tenant is not one that the battery uses.
ROWS = {
    "access_keys": "prefix = '{prefix}'",
    "certificates": "state = 'live'",
    "connectors": "slug = 'key'",
    "credentials": f"integration = '{TARGET}' AND state = 'committed' ORDER BY version DESC",
    "integrations": f"integration = '{TARGET}'",
    "root_slots": "kind = 'file'",
    "workspace_keys": "generation = 2",
}


@dataclass(frozen=True)
class Edit:
    """`kind` is the attack; `apply` does it, or raises `Impossible` where the rows do not lend themselves.
    `variant` tells edits of one kind apart that have the same expectation; `connection` is how it is done."""

    table: str
    column: str | None
    kind: str
    apply: Callable
    variant: str = ""
    connection: type = None

    @property
    def name(self):
        return f"{self.kind} {self.table}" + (f".{self.column}" if self.column else "") + self.variant

    def strike(self, vault, *known):
        with (self.connection or Attack)(vault, *known) as attack:
            self.apply(attack)


class Impossible(Exception):
    """There is no such row, or no other value: nothing would be attacked."""


class Attack:
    """A connection that checks nothing, and leaves the schema as it was unless that is the attack."""

    def __init__(self, vault, tenant=None, stranger=None, past=None):
        self.vault, self.tenant, self.stranger, self.past = vault, tenant, stranger, past
        self.connect()

    def connect(self):
        self.db = sqlite3.connect(self.vault.database, isolation_level=None, timeout=10)
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
        return keys_of(self.db, table)

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

    def values(self, table, row):
        return {name: row[name] for name in self.columns(table)}


class Unchecked(Attack):
    """Another schema while it lasts, which allows everything. Nobody else may have the vault open."""

    indexes = None  # all of them are written to

    def connect(self):
        with closing(sqlite3.connect(self.vault.database)) as db:
            self.keys = {table: keys_of(db, table) for table in tables_of(db)}
        self.before = lift(self.vault.database, self.indexes)
        super().connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.close()
        put_back(self.vault.database, self.before)

    def key(self, table):
        return self.keys[table]

    def hide(self, table, index, row):
        """Takes the row out of this index, and out of nothing else."""
        values = {"rowid": row["rowid_"]} | self.values(table, row)
        for indexes, change in (([index], lambda: self.delete(table, row)), ([], lambda: self.insert(table, values))):
            self.__exit__()
            self.indexes = indexes
            self.connect()
            change()


class Unindexed(Unchecked):
    """The same behind the back of every index."""

    indexes = ()


def tables_of(db):
    found = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    return [name for (name,) in found]


def keys_of(db, table):
    """The columns of its primary key."""
    return [name for _, name, _, _, _, place in db.execute(f"PRAGMA table_info({table})") if place]
