"""Real commands on one attacked database, and what they may not do: give a wrong value, honour a revoked key, crash."""

import json

from .schemes import FORGED_KEY
from .server import Client, Server
from .vault import integration_id

LOCKED_BY = ("vault", "root_slots")  # an edit there looks like a wrong root key
DEADLINE = 20  # seconds: twenty times what any of these takes
MINE, NEIGHBOUR, STRANGER = integration_id(1), integration_id(0), integration_id(11)


class Battery:
    """Runs every probe once. `refused` are the probes that gave nothing, `found` whether a verification
    ended with 4, `betrayals` what must never have come out, `crashes` ends that no document lists."""

    def __init__(self, vault, estate, edit, log):
        self.vault, self.estate, self.edit, self.log = vault, estate, edit, log
        self.tenant, self.other = estate.tenants
        self.refused, self.found, self.found_by_head = set(), False, False
        self.crashes, self.betrayals = [], []

    def run(self):
        at = ("--workspace", self.tenant.workspace)
        self.value("get", MINE, self.tenant)
        self.value("neighbour", NEIGHBOUR, self.tenant)
        self.value("stranger", STRANGER, self.other)
        self.command("access keys", "access-key", "list", *at)
        self.command("connectors", "connector", "list", *at)
        self.command("certificates", "certificate", "list", *at)
        self.over_http()
        self.verification("verify")
        self.verification("audit", "verify")
        self.found_by_head = self.command("head", "audit", "verify", "--head", self.estate.head).code == 4
        self.command("rotate", "key", "rotate", *at)
        self.value("get after the rotation", MINE, self.tenant)
        return self

    def command(self, probe, *arguments):
        outcome = self.vault.run(*arguments, deadline=DEADLINE)
        if outcome.code not in self.allowed or not outcome.is_documented:
            self.crashes.append(f"{probe}: {outcome}")
        if outcome.code:
            self.refused.add(probe)
        return outcome

    @property
    def allowed(self):
        codes = {0, 2, 4}
        if self.edit.table in LOCKED_BY:
            codes.add(3)
        if self.edit.kind == "put twice into":
            codes.add(1)  # what stands there twice cannot be replaced: an index refuses
        return codes

    def value(self, probe, integration, tenant):
        outcome = self.command(
            probe, "credential", "get", integration, "--workspace", tenant.workspace, "--reveal", "--format", "json")
        if outcome.code == 0 and json.loads(outcome.out).get("api_key") != tenant.values[integration]:
            self.betrayals.append(f"{probe}: A WRONG VALUE was given")

    def verification(self, *arguments):
        self.found |= self.command(" ".join(arguments), *arguments).code in (3, 4)

    # --- over HTTP ---

    def over_http(self):
        with Server(self.vault, self.log, arguments=["--no-scheduler"]) as server:
            if address := server.address:
                self.fetch(address)
            else:
                self.refused.add("fetch")
        if server.process.returncode not in range(7):
            self.crashes.append(f"serve: exit {server.process.returncode}: {server.tail()}")

    def fetch(self, address):
        for key, is_valid in ((self.tenant.key, True), (self.tenant.revoked, False), (FORGED_KEY, False)):
            client = Client(address, key)
            status, reply = client.get(MINE)
            client.close()
            if status == 200 and not is_valid:
                self.betrayals.append("fetch: A KEY THAT MUST NOT WORK opened a credential")
            elif status == 200 and reply.get("api_key") != self.tenant.values[MINE]:
                self.betrayals.append("fetch: A WRONG VALUE was given")
            elif status != 200 and is_valid:
                self.refused.add("fetch")
            if status not in (200, 401, 403, 404, 409, 423, 500):
                self.crashes.append(f"fetch: status {status}")
