"""Faults, injected by a library that is preloaded into the process (faults.c)."""

import os
import random
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .binary import ROOT

SOURCE = Path(__file__).parents[1] / "faults.c"
KILLS = ("before", "after", "torn")
ERRORS = ("eio", "enospc", "short", "broken", "full")
LETTERS = 65536


@dataclass(frozen=True)
class Fault:
    """What happens at which call: the Nth that changes a file below the vault's folder."""

    at: int
    how: str

    def __str__(self):
        return f"{self.how}@{self.at}"


def library(folder=ROOT / ".proof"):
    """The compiled library, made when it is missing or older than its source."""
    folder.mkdir(exist_ok=True)
    made = folder / "faults.so"
    if not made.exists() or made.stat().st_mtime < SOURCE.stat().st_mtime:
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as fresh:
            pass
        command = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", fresh.name, SOURCE, "-ldl"]
        subprocess.run(command, check=True)
        os.replace(fresh.name, made)
    return made


class FaultInjection:
    """The settings for one process, and afterwards how many calls it came to."""

    def __init__(self, under, fault=None):
        self.under, self.fault = Path(under).resolve(), fault
        descriptor, path = tempfile.mkstemp(prefix="reseal-tally-")
        os.truncate(path, 8 + LETTERS)
        os.close(descriptor)
        self.tally = Path(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tally.unlink()

    @property
    def environment(self):
        return {
            "LD_PRELOAD": str(library()),
            "FAULT_UNDER": str(self.under),
            "FAULT_TALLY": str(self.tally),
            "FAULT_AT": str(self.fault.at if self.fault else 0),
            "FAULT_HOW": self.fault.how if self.fault else "never",
        }

    @property
    def calls(self):
        return int.from_bytes(self.tally.read_bytes()[:8], "little")

    @property
    def letters(self):
        """What kind of call each was (faults.c)."""
        return self.tally.read_bytes()[8:8 + self.calls].decode()

    @property
    def has_struck(self):
        return self.fault is not None and self.calls >= self.fault.at


def every_fault(calls, hows):
    return [Fault(at, how) for how in hows for at in range(1, calls + 1)]


def spread(faults, count, seed=1):
    """`count` of them, evenly over the whole list, in an order that finds something early."""
    chosen = faults if count >= len(faults) else [faults[index * len(faults) // count] for index in range(count)]
    random.Random(seed).shuffle(chosen := list(chosen))
    return chosen
