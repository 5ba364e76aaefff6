"""A vault full of known secrets, with everything exercised at trace level, and all that was written on the way."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .interop import unlocked, v1
from .needles import Canary
from .provider import CLIENT, Person, Provider, connect_secret
from .server import Client, Server
from .vault import WORKSPACE, Vault, integration_id

API_KEY, OTHER_KEY, PASSWORD = "canary-api-key-4f1d9a77c2", "canary-put-by-command-91b3e5", "canary-pass word/ü-7720"
ACCESS, REFRESH = "canary-access-token-0a8b6c", "canary-refresh-token-5d3e1f"
CLIENT_SECRET = "canary-client-secret-77aa10"
CUSTOMER = "customer-of-canaries"
PUT, COMMANDED, BASIC, TOKENS = map(integration_id, range(4))


class Plantation:
    """Everything runs until the `with` ends; `texts` is what the commands wrote that were not made to show a secret."""

    def __init__(self, folder):
        self.folder, self.closing = Path(folder), ExitStack()
        self.texts, self.canaries = [], []
        (self.folder / "providers").mkdir()
        shutil.copy(Vault(folder).providers / "proof-key.yaml", self.folder / "providers")
        self.vault = Vault(self.folder / "vault", self.folder / "providers")
        self.private = self.folder / "private.pem"

    def __enter__(self):
        self.provider = self.closing.enter_context(Provider(self.folder, CLIENT_SECRET))
        self.furnish()
        self.server = self.closing.enter_context(
            Server(self.vault, self.folder / "serve.log", {"RESEAL_LOG": "trace"}))
        self.address = self.server.address
        return self

    def __exit__(self, *_):
        self.closing.close()

    def plant(self, name, value, is_key=False):
        value = value.encode() if isinstance(value, str) else value
        self.canaries.append(Canary(name, value, is_key))

    def run(self, *arguments, stdin="", shows=False, code=0):
        """A command at trace level. Only what must show a secret (`shows`) stays out of the search, its log does not."""
        from . import binary

        outcome = binary.run(arguments, self.vault.environment | {"RESEAL_LOG": "trace"}, stdin.encode())
        assert code is None or outcome.code == code, outcome
        self.texts.append((outcome.verb, outcome.err + ("" if shows else outcome.out)))
        return outcome

    # --- what is planted ---

    def furnish(self):
        self.vault.furnish()
        self.run("connector", "add", "sandbox", "--client-id", CLIENT, "--client-secret-file", "-",
                 "--policy", "same_actor", stdin=CLIENT_SECRET)
        self.run("connector", "add", "sandbox-key", "--provider", "sandbox-key")
        self.run("certificate", "create", "--out", self.private)
        self.key = self.run("access-key", "create", "--role", "write", shows=True).out.split()[-1]
        for name, value in {
            "an API key": API_KEY, "an API key put by command": OTHER_KEY, "a password": PASSWORD,
            "an access token": ACCESS, "a refresh token": REFRESH, "the client secret": CLIENT_SECRET,
            "the access key": self.key, "the recovery key": self.vault.recovery.read_text().strip(),
            "a key typed into the form": "sandbox-key-bob",
        }.items():
            self.plant(name, value)
        private = load_pem_private_key(self.private.read_bytes(), None).private_numbers().d
        self.plant("the connect secrets' private key", private.to_bytes(384, "big")[100:164])
        self.plant("the key in the key file", self.vault.key.read_bytes(), is_key=True)

    def plant_what_it_holds(self):
        """What the provider issued, and the vault's own keys, by the decoder that knows the format."""
        decoder = unlocked(self.vault)
        self.plant("the root key", decoder.root, is_key=True)
        self.plant("the vault MAC key", decoder.mac_key, is_key=True)
        rings = decoder.rings()
        for number, generation in rings[WORKSPACE].items():
            self.plant(f"the secret half of generation {number}", generation.secret_key, is_key=True)
            self.plant(f"the MAC key of generation {number}", generation.mac_key, is_key=True)
        planted = {canary.value for canary in self.canaries}
        for row in decoder.rows("credentials"):
            plaintext, what = decoder.open("credentials", row, rings, "credential")
            for name, value in v1.credential_fields(plaintext, what):
                if name in ("access_token", "refresh_token") and value not in planted:
                    planted.add(value)
                    self.plant(f"{name} {row['version']} of the provider", value)
        decoder.db.close()

    # --- what is done ---

    def exercise(self):
        self.connect_and_refresh()
        self.put_over_http()
        self.command()
        self.plant_what_it_holds()

    def secret(self, **claims):
        return connect_secret(self.private.read_text(), WORKSPACE, CUSTOMER, **claims)

    def connect_and_refresh(self):
        """A connect, renewals as the wrong and the right account, refreshes that fail in every way, the form."""
        secret = self.secret()
        back, status, _ = Person().connect(self.address, "sandbox", secret)
        assert status == 200, status
        self.plant("a connect secret", secret)
        self.plant("an authorization code", back.split("code=")[1].split("&")[0])
        [(self.connected,)] = self.vault.rows("SELECT integration FROM integrations WHERE customer = ?", CUSTOMER)
        renewing = self.secret(integration_id=self.connected)
        assert Person().connect(self.address, "sandbox", renewing, account="bob")[1] == 409
        assert Person().connect(self.address, "sandbox", renewing)[1] == 200
        client = Client(self.address, self.key)
        for fault in ({"fail_token": 503}, {"html_body": True}, {"ok_with_error": True}, {"rate_limited": 1}, {}):
            self.provider.turn(**fault, **({"count": 1} if fault else {}))
            client.send("POST", f"/v1/integrations/{self.connected}/refresh")
        assert client.get(self.connected)[0] == 200
        client.close()
        form = self.secret(jti="form")
        assert Person().submit(self.address, "sandbox-key", form, api_key="no-key-at-all")[0] == 422
        assert Person().submit(self.address, "sandbox-key", self.secret(), api_key="sandbox-key-bob")[0] == 200

    def put_over_http(self):
        client = Client(self.address, self.key)
        new = {"connector": "key", "customer": CUSTOMER}
        assert client.put(PUT, API_KEY, **new)[0] == 200
        assert client.get(PUT)[1]["api_key"] == API_KEY
        assert client.send("PUT", f"/v1/integrations/{PUT}/credential", {"kind": API_KEY, "fields": API_KEY})[0] == 400
        assert client.put(integration_id(99), API_KEY)[0] == 404
        client.close()
        stranger = Client(self.address, self.key[:-1] + ("A" if self.key[-1] != "A" else "B"))
        assert stranger.get(PUT)[0] == 401
        stranger.close()

    def command(self):
        at = ("--connector", "key", "--customer", CUSTOMER)
        self.run("credential", "put", COMMANDED, *at, "--kind", "api_key", stdin=OTHER_KEY)
        self.run("credential", "put", BASIC, *at, "--kind", "basic", stdin=f'{{"username": "u", "password": "{PASSWORD}"}}')
        tokens = f'{{"access_token": "{ACCESS}", "refresh_token": "{REFRESH}"}}'
        self.run("credential", "put", TOKENS, *at, "--kind", "oauth2", stdin=tokens)
        self.run("credential", "put", TOKENS, *at, "--kind", "oauth2", stdin=tokens[:-2], code=None)
        self.run("credential", "get", COMMANDED, "--reveal", shows=True)
        for arguments in (
            ["credential", "get", COMMANDED], ["credential", "history", self.connected], ["integration", "list"],
            ["refresh", "run", self.connected], ["refresh", "--due"], ["key", "rotate"], ["verify"], ["status"],
            ["access-key", "list"], ["certificate", "list"], ["connector", "list"], ["root", "slots"],
            ["audit", "tail", "--limit", "1000"], ["audit", "verify"],
        ):
            self.run(*arguments)
