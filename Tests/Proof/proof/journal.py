"""What was tried so far, kept so that a second call goes on where the first stopped."""

import hashlib
import json
import threading
from dataclasses import asdict
from pathlib import Path

from .binary import binary
from .case import Finding
from .program import PROGRAMS


def fingerprint():
    """Of the binaries and of the proofs themselves: figures of another version do not count."""
    digest = hashlib.sha256()
    programs = [binary(), *(binary().with_name(name) for name in PROGRAMS)]
    for path in [*programs, *sorted(Path(__file__).parents[1].rglob("*.[pcy]*"))]:
        if path.suffix != ".pyc" and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


class Journal:
    """Lines of JSON: the fingerprint, then one for each case."""

    def __init__(self, path, fresh=False):
        self.path, self.lock, self.entries = path, threading.Lock(), {}
        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = fingerprint()
        lines = path.read_text().splitlines() if path.exists() and not fresh else []
        if lines and lines[0] == wanted:
            self.entries = {(entry["proof"], entry["case"]): entry for entry in map(read, lines[1:]) if entry}
        else:
            path.write_text(wanted + "\n")

    def has(self, proof, case):
        return (proof, case) in self.entries

    def add(self, proof, case, finding, seconds):
        entry = {"proof": proof, "case": case, "seconds": round(seconds, 3), **asdict(finding)}
        with self.lock, self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            self.entries[(proof, case)] = entry

    def of(self, proof):
        return [entry for (name, _), entry in self.entries.items() if name == proof]


def read(line):
    """An entry, or None for the half of a line that an interruption left."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def total(entries):
    """All findings as one, and the seconds they took."""
    whole = Finding(
        runs=sum(entry["runs"] for entry in entries), faults=sum(entry["faults"] for entry in entries),
        wrong=[f"{entry['case']}: {line}" for entry in entries for line in entry["wrong"]],
        note="; ".join(dict.fromkeys(entry["note"] for entry in entries if entry["note"])))
    return whole, sum(entry["seconds"] for entry in entries)
