"""Canaries: planted secrets are looked for in everything that was written, and in the memory of live idle processes."""

import json
import os
import subprocess
import time
from collections import Counter
from contextlib import contextmanager

from .binary import ROOT
from .case import Case, Finding
from .memory import occurrences, started_with
from .needles import Haystack
from .plantation import CUSTOMER, Plantation
from .vault import WORKSPACE, scratch

IDLE_WITHIN = 10  # seconds: connections end, what still runs ends
EXAMPLE = ROOT / os.environ.get("RESEAL_EXAMPLE", "Examples/FetchCredential/.build/debug/FetchCredential")


class Canaries:
    name = "canaries"
    workers = 1

    @contextmanager
    def cases(self):
        with scratch() as folder, Plantation(folder) as plantation:
            plantation.exercise()
            yield [
                Case("text", lambda: in_text(plantation)),
                Case("server", lambda: in_server(plantation)),
                Case("library", lambda: in_library(plantation)),
                Case("disk", lambda: on_disk(plantation)),
            ]


def in_text(plantation):
    """Standard output and error of every command, and the server's log, at trace level."""
    haystack, finding = Haystack(plantation.canaries), Finding(runs=0)
    texts = [*plantation.texts, ("reseal serve", plantation.server.log.read_text(errors="replace"))]
    for verb, text in texts:
        finding.runs += 1
        finding.wrong += [f"{canary.name} ({how}) in what `{verb}` wrote" for canary, how, _ in haystack.found(text.encode())]
    finding.note = f"{len(plantation.canaries)} secrets, {len(texts)} texts"
    return finding


def on_disk(plantation):
    """The database, its -wal and -shm, backups: every file of the vault's folder but those that are keys."""
    haystack, finding = Haystack(plantation.canaries), Finding(runs=0)
    vault = plantation.vault
    for path in vault.folder.rglob("*"):
        if path.is_file() and path not in (vault.key, vault.recovery):
            finding.runs += 1
            found = haystack.found(path.read_bytes())
            finding.wrong += [f"{canary.name} ({how}) in {path.name}" for canary, how, _ in found]
    return finding


# --- memory ---


def in_server(plantation):
    """What has ended is overwritten when it is freed (`WipingHeap`): an idle server holds nothing but its keys."""
    pid, haystack = plantation.server.process.pid, Haystack(plantation.canaries)
    began = time.monotonic()
    while True:
        finding, copies = judged(pid, haystack)
        if not copies or time.monotonic() > began + IDLE_WITHIN:
            break
        time.sleep(0.5)  # how often its memory is read
    finding.expect(not copies, f"in an idle server: {dict(copies)}")
    finding.note = f"idle serve: {sum(copies.values())} copies of {len(plantation.canaries)} secrets"
    return finding


def in_library(plantation):
    """A process that only uses the library: the example, after it has fetched a credential."""
    process = subprocess.Popen(
        [EXAMPLE, WORKSPACE, CUSTOMER, plantation.connected, "--stay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=plantation.vault.environment | {"RESEAL_LOG": "trace"})
    try:
        told = json.loads(process.stdout.readline())
        finding, copies = judged(process.pid, Haystack(plantation.canaries))
        finding.expect(told.get("state") == "active", f"the library gave no credential: {told}")
        finding.expect(not copies, f"in a process that only uses the library: {dict(copies)}")
        finding.note = f"library: {sum(copies.values())} copies"
    finally:
        process.stdin.close()
        process.wait(30)
    return finding


def judged(pid, haystack):
    """What is wrong at once (a key outside of locked memory), and how many copies there are of each other secret."""
    finding, copies = Finding(), Counter()
    finding.wrong += started_with(pid, haystack)
    keys = set()
    for canary, encoding, region in occurrences(pid, haystack):
        if canary.is_key:
            keys.add(canary.name)
            finding.expect(region.is_locked, f"{canary.name} ({encoding}) outside of locked memory, in {region.name}")
        else:
            copies[f"{canary.name} ({encoding})"] += 1
    finding.expect("the root key" in keys, "the root key was not found where it must be: memory was not read")
    return finding, copies
