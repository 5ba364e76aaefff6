"""What somebody who may write the database, and has no key, can do to it. Every table and column is read from the schema."""

import sqlite3
from contextlib import closing

from .attack import Edit, Impossible, Unchecked, Unindexed, tables_of
from .schemes import SCHEMES


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


def broken_text(_):
    """Not UTF-8, as text."""
    return BrokenText(b"caf\xc3\x28")


class BrokenText(bytes):
    """Bytes that are stored as text."""


# What a column is set to besides, by its type: an edit that no table can hold is none.
EXTREMES = {
    "INTEGER": {
        "the least": lambda _: -(2**63), "the greatest": lambda _: 2**63 - 1, "0": lambda _: 0, "-1": lambda _: -1,
        "NULL": lambda _: None, "text": lambda _: "one"},
    "TEXT": {
        "empty": lambda _: "", "1 MiB": lambda _: "a" * 2**20, "a blob": lambda _: b"a blob", "NULL": lambda _: None,
        "no UTF-8": broken_text},
    "BLOB": {
        "empty": lambda _: b"", "a byte less": lambda value: (value or b"ab")[:-1], "a byte more": lambda value: (value or b"") + b"a",
        "1 MiB": lambda _: b"a" * 2**20, "NULL": lambda _: None, "text": lambda _: "text"},
}


def set_to(table, column, extreme):
    def apply(attack):
        row = attack.target(table)
        value = extreme(row[column])
        if value == row[column]:
            raise Impossible("it is that already")
        attack.set(table, row, **{column: value})
        if isinstance(value, BrokenText):
            attack.db.execute(f"UPDATE {table} SET {column} = CAST({column} AS TEXT) WHERE rowid = ?", [row["rowid_"]])

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
        values = attack.values(table, row)
        column = attack.key(table)[-1]
        kind = {int: "INTEGER", str: "TEXT", bytes: "BLOB"}[type(values[column])]
        values[column] = values[column] + 1000 if kind == "INTEGER" else flipped(values[column], kind)
        for unique in ("listener", "ticket_hash", "state_hash", "slug"):
            if values.get(unique) is not None and unique != column:
                values[unique] = flipped(values[unique], "TEXT")
        attack.insert(table, values)

    return apply


def twice(table):
    """The same row once more under the same key, which a unique index would refuse."""
    return lambda attack: attack.insert(table, attack.values(table, attack.target(table)))


def hide(table, index, condition):
    """- Parameter condition: of an index that has some rows only."""

    def apply(attack):
        where = f"SELECT rowid AS rowid_, * FROM {table} WHERE {condition}"
        attack.hide(table, index, attack.first(where) if condition else attack.target(table))

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


# --- all of them ---


def every_edit(vault):
    """One list for the whole schema, as it stands in the database."""
    with closing(sqlite3.connect(vault.database)) as db:
        tables = tables_of(db)
        columns = {table: db.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall() for table in tables}
        indexes = db.execute("SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").fetchall()
    edits = list(SCHEMES)
    for table in tables:
        edits += of_rows(table)
        edits += [edit for column, kind in columns[table] for edit in of_column(table, column, kind)]
    return edits + [of_index(*index) for index in indexes]


def of_rows(table):
    return [
        Edit(table, None, "delete from", delete(table)),
        Edit(table, None, "duplicate in", duplicate(table)),
        Edit(table, None, "put twice into", twice(table), " and its indexes", Unchecked),
        Edit(table, None, "put twice into", twice(table), " but no index", Unindexed),
        Edit(table, None, "move within", move(table, True)),
        Edit(table, None, "move between tenants in", move(table, False)),
        Edit(table, None, "put an old row back in", put_back(table)),
    ]


def of_column(table, column, kind):
    return [
        Edit(table, column, "flip", flip(table, column, kind)),
        Edit(table, column, "swap within", swap(table, column, True)),
        Edit(table, column, "swap between tenants", swap(table, column, False)),
    ] + [
        Edit(table, column, "flip", set_to(table, column, extreme), f" to {name}", Unchecked)
        for name, extreme in EXTREMES[kind].items()
    ]


def of_index(table, index, sql):
    _, _, condition = " ".join((sql or "").split()).partition(" WHERE ")
    return Edit(table, index, "hide a row from", hide(table, index, condition), connection=Unchecked)
