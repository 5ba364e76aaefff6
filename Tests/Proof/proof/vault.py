"""A vault in a folder of its own, driven through the command as an operator drives it."""

import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

from . import binary
from .faults import FaultInjection

PROVIDERS = Path(__file__).parents[1] / "providers"
WORKSPACE = "11111111-2222-4333-8aaa-eeeeeeeeeeee"
OTHER_WORKSPACE = "99999999-2222-4333-8aaa-eeeeeeeeeeee"
CONNECTOR = "key"


def integration_id(number):
    return f"5ea1f00d-0000-4000-8000-{number:012d}"


@contextmanager
def scratch():
    """A folder for vaults, in memory where the machine has such a place: `kill -9` loses nothing of a page cache."""
    shared = Path("/dev/shm")
    place = shared if shared.is_dir() and os.access(shared, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="reseal-proof-", dir=place) as folder:
        yield Path(folder).resolve()


class Vault:
    def __init__(self, folder, providers=PROVIDERS):
        self.folder, self.providers = Path(folder), providers
        self.database, self.key = self.folder / "vault.db", self.folder / "root.key"
        self.second_key = self.folder / "second.key"
        self.recovery, self.backup = self.folder / "recovery.txt", self.folder / "backup.db"

    @property
    def environment(self):
        return binary.clean_environment(
            RESEAL_DATABASE=self.database, RESEAL_ROOT_KEY=f"file:{self.key}", RESEAL_PROVIDERS=self.providers,
            RESEAL_ALLOW_PRIVATE_ADDRESSES="1", SWIFT_BACKTRACE="enable=no")

    @property
    def log(self):
        """A file beside the folder, for a server's log."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def run(self, *arguments, stdin="", faults=None, deadline=binary.DEADLINE):
        """One command, to its end."""
        environment = self.environment | (faults.environment if faults else {})
        return binary.run(arguments, environment, stdin.encode(), deadline)

    def do(self, *arguments, stdin=""):
        """A command that must succeed."""
        outcome = self.run(*arguments, stdin=stdin)
        assert outcome.code == 0, outcome
        return outcome

    def injecting(self, fault=None):
        return FaultInjection(self.folder, fault)

    def copy(self, folder):
        """The same vault elsewhere. Nobody may have it open: the files are read."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Vault(folder, self.providers)

    def rows(self, query, *values):
        """Read from outside, by another process than the vault's."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    # --- what is in it ---

    def furnish_bare(self):
        """A vault from nothing, with a workspace."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.do("init", "--recovery-out", self.recovery)
        self.do("workspace", "create", "--id", WORKSPACE, "--name", "Proof")
        return self

    def furnish(self, workspaces=(WORKSPACE,)):
        """A vault from nothing, with a connector for API keys in each workspace."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.do("init", "--recovery-out", self.recovery)
        for workspace in workspaces:
            self.do("workspace", "create", "--id", workspace, "--name", "Proof", "--origin", "http://127.0.0.1:3000")
            self.do("connector", "add", CONNECTOR, "--workspace", workspace, "--provider", "proof-key")
        return self

    def put(self, number, value, workspace=WORKSPACE, faults=None):
        return self.run(
            "credential", "put", integration_id(number), "--workspace", workspace, "--connector", CONNECTOR,
            "--customer", f"customer-{number}", "--kind", "api_key", stdin=value, faults=faults)

    def get(self, number, workspace=WORKSPACE):
        return self.run(
            "credential", "get", integration_id(number), "--workspace", workspace, "--reveal", "--format", "json")

    def value(self, number, workspace=WORKSPACE):
        """The value that the vault gives out, or an error."""
        outcome = self.get(number, workspace)
        assert outcome.code == 0, outcome
        return json.loads(outcome.out)["api_key"]
