"""One command, one fault: then the vault is opened again, the command continued, and everything must be as if undisturbed."""

import shutil
import threading
from pathlib import Path

from .case import Case, Finding
from .endstate import difference, files, payloads
from .faults import ERRORS, KILLS, FaultInjection, every_fault


class CrashRun:
    """All runs of one workload start from the same vault and must end in the same state."""

    def __init__(self, workload, folder):
        self.workload, self.folder = workload, Path(folder)
        self.template = workload.prepare(self.folder / "template")
        self.lock, self.number = threading.Lock(), 0
        self.undisturbed()

    def undisturbed(self):
        vault = self.fresh()
        before = vault.database.read_bytes() if vault.database.exists() else b""
        with self.injecting(vault) as faults:
            outcome = self.go(vault, faults)
            self.calls = faults.calls
        assert not self.workload.has_checkpoint or vault.database.read_bytes() != before, "there was no checkpoint"
        assert outcome.code == 0, outcome
        assert self.calls > 0, "the preloaded library saw no call: nothing would be tried"
        self.expected, self.expected_payloads = self.workload.end_state(vault), payloads(vault)
        self.expected_files = files(vault)
        shutil.rmtree(vault.folder)

    def injecting(self, vault, fault=None):
        return FaultInjection(vault.folder, fault)

    def go(self, vault, faults):
        return self.workload.go(vault, faults)

    def fresh(self):
        with self.lock:
            self.number += 1
            number = self.number
        return self.template.copy(self.folder / f"run-{number}")

    def cases(self, hows=KILLS + ERRORS):
        return [Case(str(fault), lambda fault=fault: self.run(fault)) for fault in every_fault(self.calls, hows)]

    def run(self, fault):
        vault = self.fresh()
        finding = Finding()
        try:
            with self.injecting(vault, fault) as faults:
                outcome = self.go(vault, faults)
                finding.faults = int(faults.has_struck)
                self.judge(outcome, fault, faults.has_struck, finding)
            self.go_on(vault, outcome, finding)
        finally:
            shutil.rmtree(vault.folder)
        return finding

    def judge(self, outcome, fault, has_struck, finding):
        if fault.how in KILLS and has_struck:
            finding.expect(outcome.is_killed, f"not killed: {outcome}")
        else:
            finding.expect(outcome.is_documented, f"an undocumented end: {outcome}")

    def go_on(self, vault, outcome, finding):
        if vault.database.exists() and not self.workload.is_new:
            found = vault.run("verify")
            finding.expect(found.code == 0, f"after the fault: {found}")
        if outcome.code == 0:
            self.compare(vault, finding, "acknowledged, and lost")
        complaint = self.workload.go_on(vault)
        finding.expect(complaint is None, f"it cannot go on: {complaint}")
        found = vault.run("verify")
        finding.expect(found.code == 0, f"at the end: {found}")
        self.compare(vault, finding, "another end state")

    def compare(self, vault, finding, what):
        finding.expect(not (found := difference(self.expected, self.workload.end_state(vault))), f"{what}: {found}")
        if self.workload.keeps_payloads:
            finding.expect(payloads(vault) == self.expected_payloads, f"{what}: a payload was touched")
        left = files(vault) - self.expected_files
        finding.expect(not left, f"{what}: left behind: {sorted(left)}")
