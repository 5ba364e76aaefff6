"""What stands before a command that is interrupted: vaults with something in them."""

import sqlite3
from contextlib import closing

from .server import Client, Server
from .vault import Vault, integration_id

CREDENTIALS = 60  # more than one page of a rotation
FRAME = 4096 + 24  # bytes of a page in the write-ahead log
CHECKPOINT = 1000  # frames, after which SQLite moves them into the database


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


def with_second_slot(folder):
    vault = furnished(folder)
    assert vault.run("root", "add-slot", "--from", f"file:{vault.second_key}", "--name", "second").code == 0
    return vault
