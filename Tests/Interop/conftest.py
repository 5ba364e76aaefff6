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

    def __call__(self, *arguments, stdin=b""):
        """Runs the command on this vault; fails with its standard error."""
        options = ["--database", self.database, "--root-key", f"file:{self.key}", "--providers", PROVIDERS]
        done = subprocess.run(
            [self.binary, *map(str, arguments), *map(str, options)], input=stdin, capture_output=True, timeout=60)
        assert done.returncode == 0, f"reseal {' '.join(map(str, arguments))}: {done.stderr.decode()}"
        return done.stdout.decode()

    def json(self, *arguments):
        return json.loads(self(*arguments, "--format", "json"))


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
