"""One thing that is tried, and what was found."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Finding:
    """`wrong` has a line for everything that must not be; `note` is a figure worth printing."""

    runs: int = 1
    faults: int = 0
    wrong: list = field(default_factory=list)
    note: str = ""

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(str(what))
        return holds


@dataclass(frozen=True)
class Case:
    """`body` may run beside others; its name is the same in every run of the same proof."""

    name: str
    body: Callable[[], Finding]

    def run(self):
        try:
            return self.body()
        except Exception as error:  # a proof that breaks has not held
            return Finding(wrong=[described(error)])


def described(error):
    """What broke, and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
