"""The `reseal` binary as a process: run to its end, with a deadline, and what came of it."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTED = range(7)  # the exit codes of docs/cli.md
DEADLINE = 60  # seconds


def binary():
    """RESEAL_BINARY, or the debug build."""
    path = Path(os.environ.get("RESEAL_BINARY", ROOT / ".build/debug/reseal")).resolve()
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: swift build --product reseal, or set RESEAL_BINARY")
    return path


@dataclass
class Outcome:
    """How one run ended. `code` is negative where a signal ended it."""

    verb: str
    code: int
    out: str
    err: str

    @property
    def is_killed(self):
        return self.code == -signal.SIGKILL

    @property
    def is_documented(self):
        """A code of the list, with a message of a line or two wherever something is wrong; never a trap."""
        return self.code in DOCUMENTED and (self.code in (0, 5, 6) or bool(self.err.strip()))

    @property
    def records(self):
        document = json.loads(self.out)
        if isinstance(document, list):
            return document
        lists = [value for value in document.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else [document]

    def __str__(self):
        return f"{self.verb}: exit {self.code}: {self.err.strip()[-300:]}"


def clean_environment(**settings):
    """This process's environment without anything of Reseal's in it, and `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RESEAL_", "LD_PRELOAD"))}
    return inherited | {name: str(value) for name, value in settings.items()}


def run(arguments, environment, stdin=b"", deadline=DEADLINE, program=None):
    arguments = [str(argument) for argument in arguments]
    program = program or binary()
    verb = " ".join([program.name, *arguments[:3]])
    try:
        done = subprocess.run(
            [program, *arguments], input=stdin, capture_output=True, env=environment, timeout=deadline)
    except subprocess.TimeoutExpired:
        return Outcome(verb, -signal.SIGALRM, "", f"did not end within {deadline} s")
    return Outcome(verb, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
