"""All proofs, and how one of them is run: its cases, two at a time, until they are done or time is up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .canary import Canaries
from .concurrency import Concurrency
from .crashes import crashes
from .crowds import Crowds
from .exports import HostileExports
from .families import Families
from .faults import spread
from .hostile import HostileStorage
from .impostor import Impostors
from .journal import total
from .keeping import Keeping
from .leaked import LeakedKeys
from .live import LiveLog
from .outages import Outages
from .points import FaultPoints
from .schedules import Schedules
from .statespace import StateSpace
from .storm import storms
from .turmoil import Turmoil

WORKERS = 2


def all_proofs():
    return [
        *crashes(), FaultPoints(), Turmoil(), Keeping(), Concurrency(),
        HostileStorage(), Schedules(), LiveLog(), LeakedKeys(), Impostors(), HostileExports(),
        Canaries(), StateSpace(), Crowds(), Outages(),
        *storms(), Families(),
    ]


class Runner:
    def __init__(self, journal, deadline, runs=None, tell=print):
        self.journal, self.deadline, self.runs, self.tell = journal, deadline, runs, tell
        self.lock, self.told = threading.Lock(), 0.0

    def run(self, proof):
        """- Returns: whether every case has been tried, now or earlier."""
        try:
            with proof.cases() as cases:
                return self.run_all(proof, cases)
        except Exception as error:  # what a proof stands on did not come about: it has not held
            self.tell(f"  ✗ {proof.name}: {type(error).__name__}: {error}")
            return False

    def run_all(self, proof, cases):
        cases = spread(cases, self.runs or len(cases))
        left = [case for case in cases if not self.journal.has(proof.name, case.name)]
        self.tell(f"{proof.name}: {len(cases)} cases, {len(cases) - len(left)} of them done before")
        with ThreadPoolExecutor(getattr(proof, "workers", WORKERS)) as workers:
            done = list(workers.map(lambda case: self.one(proof, case), left))
        return all(done)

    def one(self, proof, case):
        if time.monotonic() > self.deadline:
            return False
        began = time.monotonic()
        finding = case.run()
        self.journal.add(proof.name, case.name, finding, time.monotonic() - began)
        for line in finding.wrong:
            self.tell(f"  ✗ {proof.name}, {case.name}: {line}")
        return True


def table(proofs, journal, unfinished):
    """One line for each proof, from what the journal holds."""
    yield f"{'proof':28} {'runs':>8} {'faults':>8} {'went wrong':>10} {'time':>7}  "
    for proof in proofs:
        whole, seconds = total(journal.of(proof.name))
        notes = "; ".join(filter(None, [whole.note, "NOT FINISHED: run again" if proof.name in unfinished else ""]))
        yield f"{proof.name:28} {whole.runs:8} {whole.faults:8} {len(whole.wrong):10} {seconds:6.0f}s  {notes}"
