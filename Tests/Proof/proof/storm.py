"""Refreshes in a storm: engines abandoned, processes killed and stopped, networks broken; each class of provider.

A program of the tests, RefreshStorm, has the provider and the vault in it, and one virtual time for both.
"""

import json
from contextlib import contextmanager

from . import binary
from .case import Case, Finding

CLASSES = "NSGX"
#: What is done how often in all, for each class, and in one case.
FULL = {"abandon": (10_000, 500), "kill": (520, 26), "freeze": (30, 10)}
DEADLINE = 900


def storm(mode, kind, count, seed):
    """One call of RefreshStorm: what the provider's own truth says about each run."""
    outcome = binary.run([mode, kind, count, seed], binary.clean_environment(), deadline=DEADLINE, program=program())
    if not outcome.out.strip():
        return Finding(wrong=[str(outcome)])
    tally = json.loads(outcome.out)
    finding = Finding(runs=tally["runs"], faults=tally["crashes"], wrong=tally["wrong"])
    if kind != "X":
        finding.expect(tally["lost"] == 0, f"{tally['lost']} grants lost")
    finding.expect(tally["crashes"] > 0, "nothing struck")
    finding.tally = tally
    return finding


class Storm:
    """One proof for each way and class."""

    workers = 2

    def __init__(self, mode, kind):
        self.mode, self.kind = mode, kind
        self.name = f"refresh: {mode}, {kind}"

    @contextmanager
    def cases(self):
        total, share = FULL[self.mode]
        share = total if self.kind == "X" else share  # one figure for what was lost
        yield [
            Case(f"seed-{seed}", lambda seed=seed: self.noted(storm(self.mode, self.kind, share, seed)))
            for seed in range(1, total // share + 1)
        ]

    def noted(self, finding):
        tally = getattr(finding, "tally", None)
        if tally and self.kind == "X":
            finding.note = f"lost {tally['lost']} of {tally['runs']}"
        return finding


def storms():
    return [Storm(mode, kind) for mode in FULL for kind in CLASSES]


def program():
    return binary.binary().with_name("RefreshStorm")
