"""A live database with something in every table: two tenants, each connected, refreshed, rotated and interrupted."""

import shutil
from dataclasses import dataclass

from .provider import CLIENT, Person, Provider, connect_secret
from .server import Client, Server
from .vault import OTHER_WORKSPACE, WORKSPACE, Vault, integration_id

TENANTS = (WORKSPACE, OTHER_WORKSPACE)


def limit_grants(file):
    """Lets every grant end after a year, so that there are deadlines."""
    text = file.read_text()
    assert "\nrefresh:\n" in text, text
    file.write_text(text.replace("\nrefresh:\n", "\nrefresh:\n  absolute_limit: 31536000\n"))


@dataclass
class Tenant:
    """What somebody outside holds: an access key that works, a revoked one, and what each integration must give out."""

    workspace: str
    key: str
    revoked: str
    values: dict


class Estate:
    """`vault` is the present; `past` is the same vault before its last changes, which undid something."""

    def __init__(self, folder):
        self.folder, self.tenants = folder, []
        (folder / "providers").mkdir(parents=True)
        shutil.copy(Vault(folder).providers / "proof-key.yaml", folder / "providers")
        self.vault = Vault(folder / "present", folder / "providers")
        with Provider(folder, "client-secret-of-the-estate") as provider:
            limit_grants(folder / "providers" / "sandbox.yaml")
            self.vault.furnish(TENANTS)
            with Server(self.vault, folder / "serve.log") as server:
                for number, workspace in enumerate(TENANTS):
                    self.tenants.append(self.move_in(server.address, workspace, number))
            provider.turn(access_token_lifetime=3600)
        self.past = self.vault.copy(folder / "past")
        for tenant in self.tenants:
            self.change(tenant)
        self.vault.do("verify")
        self.head = self.vault.do("audit", "verify", "--format", "json").records[0]["head"]

    def move_in(self, address, workspace, number):
        vault, at = self.vault, ("--workspace", workspace)
        private = self.folder / f"private-{number}.pem"
        vault.do("connector", "add", "sandbox", *at, "--client-id", CLIENT, "--client-secret-file", "-",
                 stdin="client-secret-of-the-estate")
        vault.do("certificate", "create", *at, "--out", private)
        vault.do("certificate", "create", *at, "--out", self.folder / f"retired-{number}.pem")
        keys = [vault.do("access-key", "create", *at, "--role", "write").out.split()[-1] for _ in range(2)]
        secret = connect_secret(private.read_text(), workspace, f"customer-o{number}", jti=f"jti-{number}")
        _, status, text = Person().connect(address, "sandbox", secret)
        assert status == 200, text
        [(connected,)] = vault.rows("SELECT integration FROM integrations WHERE workspace = ?", workspace)
        client = Client(address, keys[0])
        status, reply = client.send("POST", f"/v1/integrations/{connected}/refresh")
        assert status == 200, reply
        pending = connect_secret(private.read_text(), workspace, f"customer-p{number}")
        Person().begin(address, "sandbox", pending)
        values = {connected: None}
        for place in range(2):
            integration = integration_id(number * 10 + place)
            for version in ("old", "new"):
                text = values[integration] = f"{version}-value-{number}-{place}"
                assert client.put(integration, text, connector="key", customer=f"customer-{number}-{place}")[0] == 200
        values[connected] = client.get(connected)[1]["access_token"]
        client.close()
        vault.do("key", "rotate", *at)
        return Tenant(workspace, *keys, values)

    def change(self, tenant):
        """Each of these an attacker would like to undo by putting an old row back."""
        vault, at = self.vault, ("--workspace", tenant.workspace)
        vault.do("access-key", "revoke", *at, "--yes", tenant.revoked.split("_")[1])
        kid = vault.rows("SELECT kid FROM certificates WHERE workspace = ? ORDER BY rowid DESC", tenant.workspace)[0][0]
        vault.do("certificate", "retire", *at, "--yes", kid)
        vault.do("workspace", "update", tenant.workspace, "--origin", "http://127.0.0.1:4000")
        vault.do("key", "retire", *at, "--yes", "1")
        vault.do("key", "destroy", *at, "--now", "--yes", "1")
        connected, *_, last = tenant.values
        vault.do("integration", "disconnect", *at, "--yes", connected)
        del tenant.values[connected]
        tenant.values[last] = f"newest-{last}"
        vault.do("credential", "put", last, *at, "--kind", "api_key", stdin=tenant.values[last])
