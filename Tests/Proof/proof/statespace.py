"""Both state machines, walked through exhaustively; and a walk through each of some mistakes, which must be seen."""

from contextlib import contextmanager

from .case import Case, Finding
from .program import lines

MISHAPS, DEADLINE = 2, 1800


class StateSpace:
    name = "state space"
    workers = 1

    @contextmanager
    def cases(self):
        yield [Case(f"at most {MISHAPS} mishaps", lambda: walk(MISHAPS))]


def walk(mishaps):
    finding, notes = Finding(runs=0), []
    for report in lines("StateSpace", mishaps, deadline=DEADLINE):
        finding.runs += report["states"]
        if report.get("mistake"):
            finding.faults += 1
            finding.expect(report["wrong"] > 0, f"nobody saw: {report['mistake']}")
        else:
            finding.wrong += report["violations"]
            notes.append(f"{report['machine']}: {report['states']} states, {report['wrong']} violations")
    finding.note = "; ".join(notes)
    return finding
