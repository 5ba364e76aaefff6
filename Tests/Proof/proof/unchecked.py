"""The same pages under a schema that forbids nothing: no type, no NOT NULL, no unique index, no trigger.

Whoever may write the file may write this. Afterwards the schema is what it was, to the byte, with its version number.
"""

import sqlite3
from contextlib import closing


def lift(database, indexes=None):
    """- Parameter indexes: the names of those that stay, and so are written to as well; None for all of them.
    - Returns: what `put_back` needs."""
    with editing(database) as db:
        [(version,)] = db.execute("PRAGMA schema_version")
        schema = db.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid").fetchall()
        staying = [row for row in schema if row[0] == "table" or row[0] == "index" and (indexes is None or row[1] in indexes)]
        replace(db, [unbound(db, *row) for row in staying], version + 1)
    return schema, version


def put_back(database, before):
    with editing(database) as db:
        replace(db, *before)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(database)) as db:
        now = db.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid").fetchall()
        assert (now, db.execute("PRAGMA schema_version").fetchone()[0]) == before, "the schema is another one"


def unbound(db, kind, name, table, page, sql):
    """A table's or index's row of the schema without its constraints."""
    if kind == "table" and not name.startswith("sqlite_"):
        sql = f"CREATE TABLE {name} ({', '.join(columns(db, name))})"
    elif kind == "index" and sql is None:  # that of a PRIMARY KEY or UNIQUE
        named = ", ".join(column for _, _, column in db.execute(f"PRAGMA index_info('{name}')"))
        name = f"lifted_{page}"
        sql = f"CREATE INDEX {name} ON {table} ({named})"
    return kind, name, table, page, sql


def columns(db, table):
    found = db.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [name for _, name, _, _, _, place in found if place]
    for _, name, kind, _, _, place in found:
        is_rowid = place and kind == "INTEGER" and len(keys) == 1  # its values are not stored: it must stay one
        yield f"{name} INTEGER PRIMARY KEY" if is_rowid else name


def editing(database):
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    return closing(db)


def replace(db, schema, version):
    db.execute("DELETE FROM sqlite_schema")
    db.executemany("INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?)", schema)
    db.execute(f"PRAGMA schema_version = {version}")
