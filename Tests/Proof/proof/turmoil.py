"""Rotations one after the other, each killed on its way, in a vault that others go on reading and writing; now and then
the root key is replaced, too."""

import random
import signal
import subprocess
from contextlib import contextmanager

from .binary import binary
from .bystanders import Bystanders
from .case import Case, Finding
from .faults import KILLS, Fault
from .vault import scratch
from .furnishing import furnished

STAGES, ROTATIONS = 20, 30
LONGEST = 0.25  # seconds: about what an undisturbed rotation takes beside readers and writers
CALLS = 300
REKEY, REKEY_CALLS, REKEY_EVERY = ("root", "rekey", "--yes"), 40, 5


class Turmoil:
    """A stage is one vault; in it, every second rotation is killed at a random time, the others at a random call."""

    name = "crash: rotate, in use"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            template = furnished(folder / "template")
            yield [Case(f"stage-{number}", lambda number=number: stage(template, folder, number)) for number in range(STAGES)]


def stage(template, folder, number, rotations=ROTATIONS):
    chance, finding = random.Random(number), Finding(runs=0)
    vault = template.copy(folder / f"stage-{number}")
    with Bystanders(vault, folder / f"stage-{number}.log") as bystanders:
        for turn in range(rotations):
            finding.runs += 1
            finding.faults += kill_at_random_time(vault, chance) if turn % 2 else kill_at_random_call(vault, chance)
            settle(vault, finding)
            if turn % REKEY_EVERY == 0:
                finding.runs += 1
                finding.faults += kill_at_random_call(vault, chance, *REKEY, calls=REKEY_CALLS)
    bystanders.settle(finding)
    finding.note = f"{bystanders.reads} reads, {bystanders.writes} writes beside stage {number}" if number == 0 else ""
    return finding


def kill_at_random_time(vault, chance):
    process = subprocess.Popen(
        [binary(), "key", "rotate"], env=vault.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(chance.uniform(0, LONGEST))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(30)
    return process.returncode == -signal.SIGKILL


def kill_at_random_call(vault, chance, *command, calls=CALLS):
    with vault.injecting(Fault(chance.randrange(1, calls), chance.choice(KILLS))) as faults:
        return vault.run(*(command or ("key", "rotate")), faults=faults).is_killed


def settle(vault, finding):
    """What an operator does: look, go on with what is unfinished, end the old generations."""
    found = vault.run("verify")
    finding.expect(found.code == 0, f"after the kill: {found}")
    rotated = vault.run("key", "rotate")
    finding.expect(rotated.code == 0, f"it cannot go on: {rotated}")
    for generation in vault.run("key", "list", "--format", "json").records:
        if generation["state"] == "decrypt-only":
            retired = vault.run("key", "retire", generation["generation"], "--yes")
            finding.expect(retired.code == 0, f"not retired: {retired}")
            destroyed = vault.run("key", "destroy", generation["generation"], "--now", "--yes")
            finding.expect(destroyed.code == 0, f"not destroyed: {destroyed}")
