"""The memory of a live process, read by another one as root."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")


@dataclass(frozen=True)
class Region:
    start: int
    end: int
    mode: str
    name: str
    is_locked: bool


def regions(pid):
    """The mappings of which there is something, in memory or in swap, with what the kernel says of locking."""
    found, region, kilobytes = [], None, 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if mapping := MAPPING.match(line):
            region = (int(mapping[1], 16), int(mapping[2], 16), mapping[3], mapping[4] or "anonymous")
            kilobytes = 0
        elif line.startswith(("Rss:", "Swap:")):
            kilobytes += int(line.split()[1])
        elif line.startswith("VmFlags:") and kilobytes:
            found.append(Region(*region, is_locked="lo" in line.split()))
    return [region for region in found if region.name not in ("[vvar]", "[vsyscall]", "[vdso]")]


def contents(pid):
    """`(region, bytes)` of everything that can be read, also where the process itself cannot."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for region in regions(pid):
            pieces, at = [], region.start
            while at < region.end:
                try:
                    piece = os.pread(memory.fileno(), min(region.end - at, 1 << 24), at)
                except OSError:
                    break
                if not piece:
                    break
                pieces.append(piece)
                at += len(piece)
            yield region, b"".join(pieces)


def occurrences(pid, haystack):
    """`[(canary, encoding, region)]`."""
    return [
        (canary, encoding, region)
        for region, bytes_ in contents(pid) for canary, encoding, _ in haystack.found(bytes_)
    ]


def started_with(pid, haystack):
    """What stands in the process's arguments and in the environment that it was started with."""
    for name in ("environ", "cmdline"):
        for canary, encoding, _ in haystack.found(Path(f"/proc/{pid}/{name}").read_bytes()):
            yield f"{canary.name} ({encoding}) stands in /proc/PID/{name}"
