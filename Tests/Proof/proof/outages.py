"""A provider that is out for a day, in virtual time, while the vault's wall clock jumps by two days and comes back."""

from contextlib import contextmanager
from itertools import product

from .case import Case, Finding
from .program import lines
from .storm import CLASSES

INTEGRATIONS, HOURS, MOMENTS = 400, (48, -48), ("before", "during", "after")
DEADLINE = 1800


class Outages:
    name = "outage and clock jump"
    workers = 2

    @contextmanager
    def cases(self):
        yield [
            Case(f"{kind}, {hours:+} h {moment}", lambda kind=kind, hours=hours, moment=moment: outage(
                kind, INTEGRATIONS, hours, moment))
            for kind, hours, moment in product(CLASSES, HOURS, MOMENTS)
        ]


def outage(kind, integrations, hours, moment):
    [report] = lines("RefreshStorm", "outage", kind, integrations, hours, moment, deadline=DEADLINE)
    note = f"{report['marked']} integrations wrongly marked, {report['notices']} notices"
    return Finding(runs=report["integrations"], faults=report["degraded"], wrong=report["wrong"], note=note)
