"""A recorded history of reads and writes of one integration, and whether one register explains it.

A value names its write, and the vault numbers versions, so the order of the writes is given: it is the order of their
versions. What is left to check is that this order agrees with real time.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """`version` is None for a write that got no answer: it may have happened or not."""

    kind: str  # "read" or "write"
    value: str
    version: int | None
    start: int
    end: int


def violations(operations, versions=None):
    """- Parameter versions: the version numbers that the vault has in the end, if known."""
    known = [operation for operation in operations if operation.version is not None]
    yield from wrong_values(operations, known)
    yield from against_time(known)
    if versions is not None:
        yield from lost(known, versions)


def wrong_values(operations, known):
    """One value for each version, and none that nobody wrote."""
    written, values = {operation.value for operation in operations if operation.kind == "write"}, {}
    for operation in known:
        if operation.value not in written:
            yield f"a value that nobody wrote: {operation}"
        if values.setdefault(operation.version, operation.value) != operation.value:
            yield f"two values for version {operation.version}: {values[operation.version]} and {operation.value}"
    numbers = [operation.version for operation in known if operation.kind == "write"]
    if len(numbers) != len(set(numbers)):
        yield "two writes were given the same version"


def against_time(known):
    """What began after something had ended sees it, or something newer; a write makes something newer."""
    by_end, newest, passed = sorted(known, key=lambda operation: operation.end), 0, 0
    for operation in sorted(known, key=lambda operation: operation.start):
        while passed < len(by_end) and by_end[passed].end < operation.start:
            newest = max(newest, by_end[passed].version)
            passed += 1
        if operation.version < newest or (operation.kind == "write" and operation.version == newest):
            yield f"older than version {newest}, which was acknowledged before it began: {operation}"


def lost(known, versions):
    for operation in known:
        if operation.kind == "write" and operation.version not in versions:
            yield f"acknowledged and gone: {operation}"
    if len(set(versions)) != len(versions):
        yield "a version number was used twice"
