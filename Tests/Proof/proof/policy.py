"""What must come of an edit, by table and column. A reader sees here what Reseal promises about a hostile database.

`refused_by` names the probes of the battery that use the attacked row: none of them may succeed. Everything not named
here is FOUND: `verify` or `audit verify` ends with 4. In every case: no wrong value, no crash, no undocumented exit.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """`may_undo`: what the edit undoes is undone until somebody verifies."""

    is_found: bool = True
    by_head: bool = False
    may_undo: bool = False
    refused_by: tuple = ()


FOUND = Expected()
BY_HEAD = Expected(is_found=False, by_head=True, may_undo=True)  # only by `audit verify --head` with a head that was kept elsewhere
FREE = Expected(is_found=False)  # may move a refresh in time, or a count; never a value
EVERYTHING = ("get", "neighbour", "stranger", "access keys", "connectors", "certificates")


def used(*probes):
    return Expected(refused_by=probes)


# A flipped column of the row that the battery uses.
FLIPS = {
    "access_keys": used("access keys", "fetch"),
    "breakers": FREE,
    "certificates": used("certificates"),
    "client_rates": FREE,
    "connectors": used("connectors"),
    "credentials": used("get", "fetch"),
    "integrations": used("get", "fetch"),
    "key_rings": used("get", "fetch"),
    "root_slots": used(*EVERYTHING),
    "schedules": FREE,
    "sqlite_sequence": FREE,
    "vault": used(*EVERYTHING),
    "workspace_keys": used("get", "fetch"),
}

# Where one column, or one way of attack, differs from its table.
EXCEPTIONS = {
    # It is another tenant's now, whom nobody asked.
    ("flip", "access_keys", "workspace"): used("fetch"),
    ("flip", "connectors", "workspace"): FOUND,
    ("flip", "certificates", "workspace"): FOUND,
    ("put back", "database", None): BY_HEAD,
    # Rows are read and rotated whatever their numbers are: nothing is lost by it, and nothing gained.
    ("turn", "rowids", None): FREE,
    # Whoever bends an index hides what the log says from those who look it up there.
    ("put a revoked one back, unseen, in", "access_keys", None): Expected(may_undo=True),
}
# Inside a transaction no entry is signed but the last: one signature fewer proves as much, by those that follow.
UNNOTICED = ("flip audit.signature to NULL",)


# Every row has a MAC, but these rows are not in the audit log: one that is gone, or is as it was, leaves no trace.
UNLOGGED = ("clock", "event_counters", "events", "rotations", "spent_secrets", "transitions")
TRACELESS = ("delete from", "put an old row back in")


# What a rotation moves: it must come to an end, and say that not all was moved.
MOVED = (
    "access_keys", "attempts", "certificates", "connectors", "credentials", "deadlines", "incidents", "integrations",
    "refresh_attempts", "revocations",
    "sealed_secrets")


def expected(edit):
    if edit.name in UNNOTICED:
        return FREE
    if (edit.kind, edit.table, edit.column) in EXCEPTIONS:
        return EXCEPTIONS[edit.kind, edit.table, edit.column]
    if edit.table in UNLOGGED and edit.kind in TRACELESS:
        return FREE
    if edit.kind == "put twice into" and edit.table in MOVED:
        return used("rotate")
    if edit.table == "schema":
        return used(*EVERYTHING)
    row = FLIPS.get(edit.table, FOUND)
    return row if edit.kind == "flip" or not row.is_found else FOUND
