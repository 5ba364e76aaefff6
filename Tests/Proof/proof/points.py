"""Named fault points: `before` and `after` the commit of each step, by the audit action that the step records.

A program of the tests, FaultyVault, has the same verbs as the command and dies at the point that it is told.
"""

import os
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import binary
from .case import Case
from .crash import CrashRun
from .vault import Vault, integration_id, scratch
from .resumption import NEW_VALUE, TARGET
from .workload import WORKLOADS

def verb(name, vault):
    """The arguments of FaultyVault for a workload; None for one that it does not know."""
    arguments = {
        "rotate": [], "rotate --compromised": [], "retire": ["1"], "destroy": ["1"], "put": [integration_id(TARGET)],
        "rekey": [vault.second_key], "add-slot": [vault.second_key],
    }
    return [name, *arguments[name]] if name in arguments else None


@dataclass(frozen=True)
class Point:
    """The nth time that a named point is reached."""

    point: str
    occurrence: int
    how: str = "before"  # a kill, as for `crash`

    def __str__(self):
        return f"{self.point} ({self.occurrence})"


class PointInjection:
    """What `FaultInjection` is for calls: settings for one process, and afterwards what it came to."""

    def __init__(self, point=None):
        self.point = point

    def __enter__(self):
        descriptor, path = tempfile.mkstemp(prefix="reseal-points-")
        os.close(descriptor)
        self.file = Path(path)
        self.environment = {"FAULT_REACHED": path}
        if self.point:
            self.environment |= {"FAULT_POINT": self.point.point, "FAULT_OCCURRENCE": str(self.point.occurrence)}
        return self

    def __exit__(self, *_):
        self.file.unlink()

    @property
    def reached(self):
        return Counter(self.file.read_text().splitlines())

    @property
    def calls(self):
        return self.reached.total()

    @property
    def has_struck(self):
        return self.point is not None and self.reached[self.point.point] >= self.point.occurrence


class PointRun(CrashRun):
    """A workload that dies at named points instead of at calls to the file system."""

    def injecting(self, vault, fault=None):
        return PointInjection(fault)

    def go(self, vault, faults):
        arguments = [vault.database, vault.key, *verb(self.workload.name, vault)]
        outcome = binary.run(arguments, vault.environment | faults.environment, NEW_VALUE.encode(), program=program())
        if faults.point is None:
            self.reached = faults.reached
        return outcome

    def cases(self):
        points = [Point(point, number + 1) for point, count in sorted(self.reached.items()) for number in range(count)]
        return [Case(f"{self.workload.name}: {point}", lambda point=point: self.run(point)) for point in points]


def program():
    """FaultyVault, built beside the command."""
    return binary.binary().with_name("FaultyVault")


class FaultPoints:
    name = "crash: fault points"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            runs = [PointRun(workload, folder / workload.name) for workload in WORKLOADS if verb(workload.name, Vault(folder))]
            yield [case for run in runs for case in run.cases()]
