"""Whatever a command makes is durable by its name, too: the folder is synced, and what could not be is taken back."""

import shutil

import pytest
from proof.faults import Fault
from proof.vault import scratch
from proof.workload import WORKLOADS

# In the letters of faults.c: a file gets its name, what it had before goes, and the folder is synced.
NAMED = {"init": "rus", "backup": "rus", "restore": "rus", "add-slot": "rs"}


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_is_not_durable_is_taken_back(name):
    workload = next(workload for workload in WORKLOADS if workload.name == name)
    with scratch() as folder:
        template = workload.prepare(folder / "template")
        calls = undisturbed(template.copy(folder / "undisturbed"), workload)
        at = calls.rindex(NAMED[name]) + len(NAMED[name])
        vault = template.copy(folder / "struck")
        before = {path.name for path in vault.folder.iterdir()}
        with vault.injecting(Fault(at, "eio")) as faults:
            outcome = workload.go(vault, faults)
            assert faults.has_struck
        assert outcome.code in (1, 2), outcome
        made = {path.name for path in vault.folder.iterdir()} - before
        assert {path for path in made if not path.endswith(("-wal", "-shm", "root.key"))} == set()
        assert workload.go(vault, None).code == 0, "it can be given again"
        shutil.rmtree(vault.folder)


def undisturbed(vault, workload):
    """The letters of its calls."""
    with vault.injecting() as faults:
        assert workload.go(vault, faults).code == 0
        return faults.letters
