"""A small share of the proofs, in every test run. `scripts/proof` does all of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from proof import canary, concurrency, crowds, families, journal, keeping, outages, storm, turmoil
from proof.crash import CrashRun
from proof.exports import HostileExports
from proof.faults import KILLS, spread
from proof.furnishing import furnished
from proof.history import Operation, violations
from proof.hostile import HostileStorage
from proof.impostor import Impostors
from proof.leaked import LeakedKeys
from proof.live import LiveLog
from proof.points import FaultPoints
from proof.schedules import Schedules
from proof.schemes import SCHEMES
from proof.suite import WORKERS
from proof.vault import scratch
from proof.workload import WORKLOADS


def assert_sound(cases):
    with ThreadPoolExecutor(WORKERS) as workers:
        findings = list(workers.map(lambda case: case.run(), cases))
    assert [f"{case.name}: {line}" for case, finding in zip(cases, findings) for line in finding.wrong] == []
    assert sum(finding.runs for finding in findings) > 0
    return findings


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_crash(workload):
    with scratch() as folder:
        findings = assert_sound(spread(CrashRun(workload, folder).cases(), 16))
    assert any(finding.faults for finding in findings)


def test_fault_points():
    with FaultPoints().cases() as cases:
        findings = assert_sound(spread(cases, 16))
    assert all(finding.faults for finding in findings)


def test_crash_in_use():
    with scratch() as folder:
        template = furnished(folder / "template")
        finding = turmoil.stage(template, folder, 0, rotations=6)
    assert finding.wrong == []
    assert finding.faults > 0


def test_backup_in_use():
    with scratch() as folder:
        finding = keeping.stage(furnished(folder / "template"), folder, 0, turns=1)
    assert finding.wrong == []
    assert finding.runs == 3


def test_concurrency():
    with scratch() as folder:
        finding = concurrency.a_round(furnished(folder / "template"), folder / "round", seconds=8)
    assert finding.wrong == []
    assert finding.runs > 100


def test_hostile_storage():
    """Every scheme, and some of the edits of single columns and rows."""
    names = {edit.name for edit in SCHEMES}
    with HostileStorage().cases() as cases:
        schemes = [case for case in cases if case.name in names]
        assert len(schemes) == len(SCHEMES)
        assert_sound([cases[0], *schemes, *spread([case for case in cases[1:] if case.name not in names], 20)])


@pytest.mark.parametrize(
    "proof, share", [(Schedules(), 4), (LiveLog(), 8), (LeakedKeys(), 5), (Impostors(), 6), (HostileExports(), 5)],
    ids=lambda value: getattr(value, "name", ""))
def test_other_attackers(proof, share):
    with proof.cases() as cases:
        assert_sound(spread(cases, share))


def test_crowds():
    assert crowds.wrong_secret(60).wrong == []
    assert crowds.herd(60, 30).wrong == []
    assert crowds.idle(2000, 3).wrong == []


@pytest.mark.parametrize("kind, hours, moment", [("X", 48, "before"), ("G", -48, "during"), ("X", -48, "after")])
def test_an_outage_while_the_clock_jumps(kind, hours, moment):
    finding = outages.outage(kind, 16, hours, moment)
    assert finding.wrong == []
    assert finding.runs == 18 and finding.faults > 0


@pytest.mark.parametrize("kind", storm.CLASSES)
def test_refreshes_in_a_storm(kind):
    """Some of each: engines abandoned, processes killed and stopped."""
    for mode, count in [("abandon", 48), ("kill", 2), ("freeze", 1)]:
        assert storm.storm(mode, kind, count, 1).wrong == []


def test_refreshes_by_eight_processes():
    finding = families.together(refreshes=300, families=300)
    assert finding.wrong == []
    assert finding.runs >= 300


def test_canaries():
    with canary.Canaries().cases() as cases:
        for case in cases:
            assert_sound([case])


def test_figures_of_other_programs_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setenv("RESEAL_BINARY", str(tmp_path / "reseal"))
    for name in ["reseal", *journal.PROGRAMS]:
        (tmp_path / name).write_text("one")
    seen = {journal.fingerprint()}
    for name in ["reseal", *journal.PROGRAMS]:
        (tmp_path / name).write_text("another")
        seen.add(journal.fingerprint())
    assert len(seen) == 2 + len(journal.PROGRAMS)


# --- the proofs can fail ---


def test_a_crash_that_nobody_repairs_is_noticed():
    """Without going on after a kill in the middle, the end state is another one, and the run says so."""
    rotate = replace(WORKLOADS[0], go_on=lambda vault: None)
    with scratch() as folder:
        run = CrashRun(rotate, folder)
        middle = next(case for case in run.cases(KILLS) if case.name == f"before@{run.calls // 2}")
        assert any("another end state" in line for line in middle.run().wrong)


def write(value, version, start, end):
    return Operation("write", value, version, start, end)


def read(value, version, start, end):
    return Operation("read", value, version, start, end)


SOUND = [write("a", 1, 0, 10), write("b", 2, 5, 20), read("a", 1, 8, 12), read("b", 2, 21, 22)]


@pytest.mark.parametrize(
    "operations, versions",
    [
        ([write("a", 1, 0, 10), write("b", 2, 11, 20), read("a", 1, 21, 22)], [1, 2]),
        ([write("a", 1, 0, 10), write("b", 1, 11, 20)], [1]),
        ([write("a", 1, 0, 10), read("z", 1, 11, 12)], [1]),
        ([write("b", 2, 0, 10), write("a", 1, 11, 20)], [1, 2]),
        ([write("a", 1, 0, 10), write("b", 2, 11, 20)], [1]),
        ([read("b", 2, 0, 1), read("a", 1, 2, 3), write("a", 1, 0, 9), write("b", 2, 0, 9)], [1, 2]),
    ],
    ids=["old read", "same version", "unknown value", "order of writes", "lost write", "reads go back"],
)
def test_a_broken_history_is_noticed(operations, versions):
    assert list(violations(SOUND, [1, 2])) == []
    assert list(violations(operations, versions)) != []
