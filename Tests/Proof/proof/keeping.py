"""Backups, restores and retirements, each killed on its way, in a vault that others go on reading and writing."""

import random
import shutil
from contextlib import contextmanager

from .bystanders import Bystanders
from .case import Case, Finding
from .turmoil import kill_at_random_call, settle
from .vault import Vault, scratch
from .furnishing import furnished, value
from .resumption import TARGET, back_up_again, restore_again

STAGES, TURNS = 6, 8
CALLS = {"backup create": 190, "backup restore": 250, "key retire": 60}  # about what each makes undisturbed


class Keeping:
    """A stage is one vault; a turn is a backup, a restore of it into another place, a rotation and a retirement."""

    name = "crash: backup, in use"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            template = furnished(folder / "template")
            yield [Case(f"stage-{number}", lambda number=number: stage(template, folder, number)) for number in range(STAGES)]


def stage(template, folder, number, turns=TURNS):
    chance, finding = random.Random(number), Finding(runs=0)
    vault = template.copy(folder / f"stage-{number}")
    with Bystanders(vault, folder / f"stage-{number}.log") as bystanders:
        for turn in range(turns):
            back_up(vault, chance, finding)
            restore(vault, folder / f"restored-{number}-{turn}", chance, finding)
            retire(vault, chance, finding)
    bystanders.settle(finding)
    finding.note = f"{bystanders.reads} reads, {bystanders.writes} writes beside stage {number}" if number == 0 else ""
    return finding


def back_up(vault, chance, finding):
    for path in vault.folder.glob("backup.db*"):
        path.unlink()
    strike(vault, chance, finding, "backup", "create", "--out", vault.backup)
    complaint = back_up_again(vault)
    finding.expect(complaint is None, f"no backup after a killed one: {complaint}")


def restore(vault, folder, chance, finding):
    """Where nothing is yet, from a copy of the backup, with the same root key."""
    folder.mkdir()
    elsewhere = Vault(folder, vault.providers)
    for path in [vault.key, *vault.folder.glob("backup.db*")]:
        shutil.copy(path, folder)
    strike(elsewhere, chance, finding, "backup", "restore", elsewhere.backup, "--yes")
    complaint = restore_again(elsewhere)
    finding.expect(complaint is None, f"not restored after a killed restore: {complaint}")
    found = elsewhere.run("verify")
    finding.expect(found.code == 0, f"what was restored: {found}")
    finding.expect(elsewhere.value(TARGET) == value(TARGET), "another value was restored")
    shutil.rmtree(folder)


def retire(vault, chance, finding):
    vault.do("key", "rotate")
    old = [entry for entry in vault.run("key", "list", "--format", "json").records if entry["state"] == "decrypt-only"]
    strike(vault, chance, finding, "key", "retire", old[-1]["generation"], "--yes")
    settle(vault, finding)


def strike(vault, chance, finding, *command):
    finding.runs += 1
    finding.faults += kill_at_random_call(vault, chance, *command, calls=CALLS[" ".join(command[:2])])
