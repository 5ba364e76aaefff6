"""Many integrations of one connector: all due at once, all refused because of one secret, none due at all."""

from contextlib import contextmanager

from .case import Case, Finding
from .program import lines

HERD, RATE, REFUSED, IDLE, SECONDS = 100_000, 400, 5_000, 1_000_000, 60
DEADLINE = 2400  # seconds


class Crowds:
    name = "crowds"
    workers = 1

    @contextmanager
    def cases(self):
        yield [
            Case(f"{REFUSED} behind a wrong client secret", lambda: wrong_secret(REFUSED)),
            Case(f"{HERD} due in the same second", lambda: herd(HERD, RATE)),
            Case(f"{IDLE} scheduled, none due", lambda: idle(IDLE, SECONDS)),
        ]


def herd(integrations, rate):
    [report] = lines("Crowd", "herd", integrations, rate, deadline=DEADLINE)
    note = (
        f"herd: {report['requests']} requests in {report['seconds']:.0f} s, at most {report['peak']} in one second of"
        f" {rate} allowed, {report['fetches']} fetches, {report['stale']} stale")
    return Finding(runs=integrations, wrong=report["wrong"], note=note)


def wrong_secret(integrations):
    [report] = lines("Crowd", "secret", integrations, deadline=DEADLINE)
    note = (
        f"wrong secret: {report['refused']} requests, {report['incidents']} incident, {report['changed']} integrations"
        f" changed, then {report['refreshedAfterwards']} refreshed")
    return Finding(runs=integrations, faults=report["refused"], wrong=report["wrong"], note=note)


def idle(integrations, seconds):
    [report] = lines("Crowd", "idle", integrations, seconds, deadline=DEADLINE)
    note = (
        f"idle: {report['cpuPercent']:.2f} % of a core, {report['residentBefore'] // 1024} →"
        f" {report['residentAfter'] // 1024} MiB")
    return Finding(runs=integrations, wrong=report["wrong"], note=note)
