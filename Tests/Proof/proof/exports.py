"""Exported logs that somebody else hands in: whatever stands in them, `audit verify --export` says what it is."""

import json
from contextlib import contextmanager
from functools import partial

from .case import Case, Finding
from .vault import scratch
from .furnishing import furnished

DEADLINE = 20
REFUSED = (1, 2, 4)  # unreadable, no exported log, not what the vault wrote
MISSING = object()
UNSAID = {"vault": ("horizon",)}  # left out by a log that was never pruned
# Not held against anything: the caller's public key counts, and inside of a transaction no entry needs a signature.
FREE = ("vault.audit_public_key", "entry.signature")
# What a field is set to, whatever it was.
VALUES = {
    "missing": MISSING, "null": None, "true": True, "0": 0, "-1": -1, "the greatest number": 2**63 - 1,
    "more than the greatest": 2**63, "the least number": -(2**63), "a fraction": 1.5, "a huge number": 10**400,
    "an empty text": "", "a text": "x", "an odd hex": "abc", "no hex": "zz" * 32, "a short hex": "00" * 31, "a long hex": "00" * 2**20,
    "1 MiB": "a" * 2**20, "a list": [], "a list of one": [7], "an object": {}, "a horizon": f"{2**63 - 1}:" + "00" * 32,
    "a horizon below 0": "-5:" + "00" * 32,
}


class HostileExports:
    name = "hostile exports"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            vault = furnished(folder / "vault")
            done = vault.do("audit", "export")
            export = Export(vault, folder, [json.loads(line) for line in done.out.splitlines()])
            yield [
                Case("as it was", export.untouched),
                *(Case(f"{kind}.{field}", partial(export.changed, line, f"{kind}.{field}"))
                  for line, kind in export.kinds.items() for field in [*export.lines[line], *UNSAID.get(kind, ())]),
                *(Case(name, partial(export.shaped, shape)) for name, shape in SHAPES.items()),
            ]


class Export:
    def __init__(self, vault, folder, lines):
        self.vault, self.folder, self.lines = vault, folder, lines
        self.key = lines[0]["audit_public_key"]
        entries = [number for number, line in enumerate(lines) if "sequence" in line]
        self.kinds = {0: "vault", 1: "key", entries[len(entries) // 2]: "entry", len(lines) - 1: "last entry"}

    def verify(self, name, data):
        path = self.folder / f"{name}.jsonl"
        path.write_bytes(data)
        outcome = self.vault.run("audit", "verify", "--export", path, "--public-key", self.key, deadline=DEADLINE)
        path.unlink()
        return outcome

    def untouched(self):
        outcome = self.verify("untouched", text(self.lines))
        return Finding(wrong=[] if outcome.code == 0 else [str(outcome)])

    def changed(self, line, name):
        """One field of one line, with everything that it must not be."""
        field, finding = name.split(".")[1], Finding(runs=0)
        allowed = (0, *REFUSED) if name in FREE else REFUSED
        for what, value in VALUES.items():
            before = self.lines[line].get(field)
            if value == before or (value is MISSING and before is None):
                continue
            changed = {other: old for other, old in self.lines[line].items() if other != field}
            if value is not MISSING:
                changed[field] = value
            lines = [*self.lines[:line], changed, *self.lines[line + 1:]]
            self.judge(what, name, text(lines), finding, allowed)
        return finding

    def shaped(self, shape):
        finding = Finding(runs=0)
        for number, data in enumerate(shape(text(self.lines))):
            self.judge(f"{number}", shape.__name__, data, finding)
        return finding

    def judge(self, what, name, data, finding, allowed=REFUSED):
        outcome = self.verify(name, data)
        finding.runs += 1
        finding.faults += 1
        finding.expect(outcome.code in allowed and outcome.is_documented, f"{what}: {outcome}")


def text(lines):
    return "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines).encode()


# --- the whole file ---


def cut(data):
    """Somewhere inside of a line. Between two lines it is a log that ended there."""
    for number in range(1, 25):
        end = len(data) * number // 25
        yield data[:end - 1 if data[end - 1:end] == b"\n" else end]


def reordered(data):
    first, *lines = data.splitlines(keepends=True)
    yield b"".join([first, *reversed(lines)])
    yield b"".join([first, *lines[:20], lines[21], lines[20], *lines[22:]])


def repeated(data):
    lines = data.splitlines(keepends=True)
    yield data + data
    for number in (1, 20):
        yield b"".join([*lines[:number], lines[number], *lines[number:]])


def thinned(data):
    lines = data.splitlines(keepends=True)
    for number in (0, 1, 2, 20):
        yield b"".join([*lines[:number], *lines[number + 1:]])


def pruned(data):
    """All of it is said to be gone, or nearly."""
    first, key, *entries = data.splitlines(keepends=True)
    for through in (2**63 - 1, 2**63 - 2, 2**40, len(entries), -1, -(2**63)):
        vault = json.dumps(json.loads(first) | {"horizon": f"{through}:{'00' * 32}"}).encode() + b"\n"
        for rest in ([], [key], [key, entries[-1]], [key, *entries]):
            yield b"".join([vault, *rest])


def garbage(data):
    yield b""
    yield b"\n" * 1000
    yield b"\x00" * 4096
    yield b"\xff\xfe" + data
    yield b"{" * 100_000
    yield b"[" * 5_000_000
    yield b'{"vault": ' + b"[" * 100_000
    yield b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield b"a" * 50_000_000
    yield data + b'{"sequence": 1e999}\n'
    yield data + b"{}\n"
    yield data.replace(b"\n", b"")
    yield data.decode().encode("utf-16")


SHAPES = {shape.__name__: shape for shape in (cut, reordered, repeated, thinned, pruned, garbage)}
