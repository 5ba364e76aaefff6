"""The `reseal` binary, and vaults made with it."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROVIDERS = pathlib.Path(__file__).with_name("providers")


class Reseal:
    """One vault, by way of the command."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.database, self.key, self.recovery = folder / "vault.db", folder / "root.key", folder / "recovery"
        self.source, self.environment = f"file:{self.key}", {}

    def run(self, *arguments, stdin=b"", source=None):
        """Runs the command on this vault, to whatever end."""
        options = ["--database", self.database, "--root-key", source or self.source, "--providers", PROVIDERS]
        return subprocess.run(
            [self.binary, *map(str, arguments), *map(str, options)], input=stdin, capture_output=True, timeout=60,
            env=os.environ | self.environment)

    def __call__(self, *arguments, stdin=b"", source=None):
        """The same; fails with its standard error."""
        done = self.run(*arguments, stdin=stdin, source=source)
        assert done.returncode == 0, f"reseal {' '.join(map(str, arguments))}: {done.stderr.decode()}"
        return done.stdout.decode()

    def refused(self, code, *arguments, source=None):
        """Runs what must end with this code; what it said."""
        done = self.run(*arguments, source=source)
        assert done.returncode == code, f"reseal {' '.join(map(str, arguments))}: {done.returncode} {done.stderr.decode()}"
        return done.stderr.decode()

    def json(self, *arguments, source=None):
        return json.loads(self(*arguments, "--format", "json", source=source))


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("RESEAL_BINARY", ROOT / ".build/debug/reseal")).resolve()
    if not path.exists():
        pytest.skip(f"there is no binary at {path}: swift build --product reseal, or set RESEAL_BINARY")
    return path


@pytest.fixture(scope="session")
def new_vault(binary, tmp_path_factory):
    """Makes the command for a vault that is not there yet."""
    return lambda: Reseal(binary, tmp_path_factory.mktemp("vault"))
