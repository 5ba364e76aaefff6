"""The stage: a directory, a sandbox, a vault, a server, a company, a customer. Nothing outlives the `with`."""

import os
import shutil
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

import company as shop

from .cli import BINARY, Cli
from .database import Database
from .processes import Process, environment
from .sandbox import Sandbox
from .transcript import StoryError, Transcript
from .wire import Client

CONNECTOR = "sandbox"


class Story:
    def __init__(self, transcript=None, chromium=None):
        self.transcript = transcript or Transcript(out=open(os.devnull, "w"))
        self.chromium = chromium
        self.workspace, self.customer_id = shop.WORKSPACE, shop.CUSTOMER
        self.connector = CONNECTOR
        self.sandbox = self.server = self.customer = self.public_url = None
        self.access_key = self.integration = None

    def __enter__(self):
        self.closing = ExitStack()
        if not BINARY.exists():
            raise StoryError(f"{BINARY} is missing: swift build --product reseal")
        self.directory = Path(tempfile.mkdtemp(prefix="reseal-story-"))
        if not os.environ.get("RESEAL_STORY_KEEP"):
            self.closing.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self.providers = self.directory / "providers"
        self.providers.mkdir()
        self.private_key = self.directory / "private.pem"
        self.root_key = self.directory / "reseal.key"
        self.database = Database(self.directory / "vault" / "reseal.db")
        self.database.path.parent.mkdir()
        self.environment = environment(
            RESEAL_DATABASE=self.database.path,
            RESEAL_ROOT_KEY=f"file:{self.root_key}",
            RESEAL_PROVIDERS=self.providers,
            RESEAL_ALLOW_PRIVATE_ADDRESSES="1",
        )
        self.cli = Cli(self.environment)
        self.company = shop.Company()
        self.closing.callback(self.company.stop)
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave programs behind.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self.closing.close()
        finally:
            signal.signal(signal.SIGINT, previous)

    # --- what runs ---

    def start_sandbox(self, lifetime=60):
        self.sandbox_process = self.start(
            "sandbox", "sandbox", "--listen", "127.0.0.1:0",
            "--access-token-lifetime", lifetime, "--provider-out", self.providers,
        )  # fmt: skip
        self.sandbox = Sandbox(self.sandbox_process.base_url())

    def start_server(self):
        """The first start takes any port, later ones the same again."""
        if self.public_url:
            where = ["--listen", self.public_url.removeprefix("http://"), "--public-url", self.public_url]
        else:
            where = ["--listen", "127.0.0.1:0"]
        # With the environment set, the command needs neither --providers nor --allow-private-addresses.
        self.server = self.start("server", "serve", *where)
        self.public_url = self.server.base_url()
        self.vault = Client(self.public_url, self.access_key)
        if self.access_key:
            self.company.configure(
                vault=self.public_url, private_key=self.private_key,
                access_key=self.access_key, connector=self.connector,
            )  # fmt: skip

    def start(self, name, *arguments):
        process = Process(name, [BINARY, *arguments], directory=self.directory, environment=self.environment)
        self.closing.callback(process.stop)
        return process

    # --- who acts ---

    def open_page(self):
        """The customer comes to the company's page."""
        self.customer = self.chromium.customer(self.company.origin)
        self.closing.callback(self.customer.close)
        return self.customer

    def secret(self):
        return self.company.secret()

    def fetch(self, valid_for=60):
        """What a backend service does: asks for the credential over HTTP."""
        return self.vault.get(f"/v1/integrations/{self.integration}/credential?valid_for={valid_for}")

    def state(self):
        return self.vault.get(f"/v1/integrations/{self.integration}").json.get("state")

    def check(self, holds, what):
        self.transcript.check(holds, what)
