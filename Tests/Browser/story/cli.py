"""The command `reseal`, run as an operator runs it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .transcript import StoryError

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("RESEAL_BINARY", ROOT / ".build/debug/reseal"))


@dataclass
class Output:
    code: int
    text: str
    errors: str

    @property
    def records(self):
        """The objects that `--format json` printed: one document, a list, an object around a list, or a line each."""
        try:
            document = json.loads(self.text)
        except ValueError:
            return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]
        if isinstance(document, list):
            return document
        lists = [value for value in document.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else [document]

    @property
    def record(self):
        return self.records[0]


class Cli:
    def __init__(self, environment):
        self.environment = environment

    def run(self, *arguments, stdin="", code=0, deadline=60):
        """Runs to the end; another exit code than `code` (None: any) is an error of the story."""
        done = subprocess.run(
            [str(BINARY), *map(str, arguments)],
            input=stdin, capture_output=True, text=True, env=self.environment, timeout=deadline,
        )  # fmt: skip
        if code is not None and done.returncode != code:
            verb = " ".join(map(str, arguments[:2]))
            raise StoryError(f"reseal {verb}: exit code {done.returncode}, not {code}: {done.stderr.strip()[-500:]}")
        return Output(done.returncode, done.stdout, done.stderr)
