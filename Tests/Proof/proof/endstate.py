"""What a vault holds when everything is over, without what differs from run to run."""

import hashlib
import re

# Random, or a time of day: these differ between two undisturbed runs too.
DRAWN = {
    "created_at", "at", "since", "started_at", "ended_at", "run_started_at", "moved_at", "run_rows", "verified_at",
    "spent_at", "refresh_at", "expires_at", "removed_at", "revoked_at", "suspended_at", "disabled_at",
    "mac", "header", "payload", "wrapped", "public_key", "check_value", "mac_key", "fingerprint_key", "audit_key",
    "audit_public_key", "recovery_public_key", "slot", "kid", "spki", "connector", "vault", "hash", "prefix", "digest",
    "signature", "record",
}
DRAWN_IN = {"root_slots": {"parameters"}}
# The end of a retired generation's grace, inside the text of a key ring.
INSTANT = re.compile(r"@\d+")
# Logs: what was done twice stands in them twice. `verify` proves them in its own way.
LOGS = ("audit", "events", "transitions", "event_counters", "sqlite_")


def end_state(vault):
    """`{table: rows}`, comparable. Payloads count by their hash, where `payloads_stay` says so."""
    tables = [row[0] for row in vault.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {table: rows(vault, table) for table in sorted(tables) if not table.startswith(LOGS)}


def rows(vault, table):
    kept = [
        tuple((name, comparable(row[name])) for name in row.keys() if name not in DRAWN | DRAWN_IN.get(table, set()))
        for row in vault.rows(f"SELECT * FROM {table}")
    ]
    return sorted(kept, key=repr)


def end_state_away_from_leaked_keys(vault):
    """The same, where generations count by whether others know them: one that was prepared and not used yet is thrown
    away when the command is given again, so their numbers differ."""
    [(tainted,)] = vault.rows("SELECT tainted_through FROM key_rings")
    state = end_state(vault)
    for table in ("key_rings", "workspace_keys", "rotations"):
        del state[table]
    known = {
        table: sorted((tuple((name, is_safe(name, value, tainted)) for name, value in row) for row in rows), key=repr)
        for table, rows in state.items()
    }
    return known | {"rotations": [row["state"] for row in vault.rows("SELECT state FROM rotations")]}


def is_safe(name, value, tainted):
    return value == 0 or value > (tainted or value) if name in ("mac_generation", "generation") else value


def comparable(value):
    return INSTANT.sub("@", value) if isinstance(value, str) else value


def payloads(vault):
    """The sealed payloads of every credential by their hashes: what a rotation must not touch."""
    found = vault.rows("SELECT integration, version, payload FROM credentials")
    return {(row[0], row[1]): hashlib.sha256(row[2]).hexdigest() for row in found}


def difference(expected, found):
    """The first table that differs, in words; None where nothing does."""
    for table in sorted(expected.keys() | found.keys()):
        left, right = expected.get(table, []), found.get(table, [])
        if left != right:
            missing = [row for row in left if row not in right][:1]
            extra = [row for row in right if row not in left][:1]
            return f"{table}: expected {missing or len(left)}, found {extra or len(right)}"
    return None


def files(vault):
    """The names of the files in its folder; those of an open WAL come and go."""
    return {path.name for path in vault.folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}
