"""Rows forged by somebody who has a generation's secret half and its MAC key, and then a rotation away from it.

Until that rotation begins his rows are as good as the vault's own. From then on only what the audit log tells counts.
"""

import hashlib
import os
import shutil
from contextlib import contextmanager

from nacl import bindings

from .attack import TARGET, Attack
from .case import Case, Finding
from .estate import Estate
from .forgery import STOLEN, forged_credential
from .interop import unlocked, v1
from .schemes import FORGED_KEY
from .server import Client, Server
from .vault import scratch

DEADLINE = 30


class LeakedKeys:
    name = "hostile storage: leaked keys"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            estate = Estate(folder)
            yield [
                Case(name, lambda name=name, forge=forge: attacked(estate, folder / name.replace(" ", "-"), forge))
                for name, forge in FORGERIES.items()
            ]


class Thief(Attack):
    """Has the keys of the generation that the workspace uses; MACs what he writes."""

    def __init__(self, vault, tenant):
        decoder = unlocked(vault)
        self.generation = max(decoder.rings()[tenant.workspace].items())[1]
        decoder.db.close()
        super().__init__(vault, tenant)

    def forge(self, table, row, **changed):
        """This row, changed, in its place or in a new one.
        - Returns: what the quarantine must name."""
        values = self.values(table, row) | changed
        columns = v1.WORKSPACE_TABLES[table]
        values["mac_generation"] = self.generation.number
        values["mac"] = v1.row_mac(self.generation.mac_key, values["layout"], table, [values[name] for name in columns])
        key = [name for name in columns if name in self.key(table)]
        if any(name in changed for name in key):
            self.insert(table, values)
        else:
            self.set(table, row, **values)
        return table, "/".join(str(values[name]) for name in key)

    def resealed(self, header, **parts):
        """The header with other bytes in it, sealed to the same generation."""
        opened = bytearray(v1.box_open(header, self.generation.secret_key, "header"))
        for offset, value in parts.values():
            opened[offset:offset + len(value)] = value
        return bindings.crypto_box_seal(bytes(opened), bindings.crypto_scalarmult_base(self.generation.secret_key))


def attacked(estate, folder, forge):
    vault, tenant, finding = estate.vault.copy(folder), estate.tenants[0], Finding(faults=1)
    try:
        with Thief(vault, tenant) as thief:
            forged = forge(thief)
        at = ("--workspace", tenant.workspace)
        rotated = vault.run("key", "rotate", "--compromised", *at, deadline=DEADLINE)
        finding.expect(rotated.code == 4, f"it must end with 4: {rotated}")
        rotated = vault.run("key", "rotate", *at, deadline=DEADLINE)
        finding.expect(rotated.code == 4, f"and again: {rotated}")
        listed = {tuple(row) for row in vault.rows("SELECT row_table, row_key FROM quarantine")}
        finding.expect(set(forged) <= listed, f"not in quarantine: {set(forged) - listed}")
        is_touched = any(table in ("credentials", "integrations", "connectors") for table, _ in forged)
        serve(vault, tenant, is_touched, finding)
        found = vault.run("verify")
        finding.expect(found.code == 4, f"not found: {found}")
    finally:
        shutil.rmtree(folder)
    return finding


def serve(vault, tenant, is_touched, finding):
    """What is forged gives nothing, what is not gives what it did."""
    read = vault.run("credential", "get", TARGET, "--workspace", tenant.workspace, "--reveal")
    finding.expect(STOLEN not in read.out, "A FORGED VALUE was given")
    finding.expect(read.code == (4 if is_touched else 0), f"the integration's value: {read}")
    with Server(vault, vault.log, arguments=["--no-scheduler"]) as server:
        for key in (tenant.key, FORGED_KEY):
            client = Client(server.address, key)
            status, reply = client.get(TARGET)
            client.close()
            finding.expect(reply.get("api_key") != STOLEN, "A FORGED VALUE was served")
            finding.expect(status != 200 or key != FORGED_KEY, "A FORGED ACCESS KEY was honoured")
            finding.expect(status == 200 or is_touched or key == FORGED_KEY, f"a sound value was not served: {status}")
    finding.expect(server.process.returncode == 0, f"serve: exit {server.process.returncode}: {server.tail()}")


# --- what he makes ---


def current(thief):
    return thief.target("integrations"), thief.target("credentials")


def value(thief):
    head, row = current(thief)
    return [thief.forge("credentials", row, **forged_credential(thief, head, row["version"]))]


def version(thief):
    head, row = current(thief)
    new = row["version"] + 1
    made = thief.forge("credentials", row, version=new, **forged_credential(thief, head, new))
    return [made, thief.forge("integrations", head, current_version=new, last_version=new)]


def data_key(thief):
    """Everything as it was, but the data key opens nothing."""
    _, row = current(thief)
    return [thief.forge("credentials", row, header=thief.resealed(row["header"], key=(24, os.urandom(32))))]


def payload(thief):
    """Another payload of the same length, which the header names and its data key does not open."""
    head, row = current(thief)
    [vault] = thief.first("SELECT vault FROM vault")
    place = {name: row[name] for name in ("workspace", "customer", "integration", "version")}
    garbage = os.urandom(len(row["payload"]))
    ct_hash = v1.ciphertext_hash(garbage, v1.context_hash(vault=vault, name="credential", **place))
    header = thief.resealed(row["header"], ct_hash=(88, ct_hash))
    return [thief.forge("credentials", row, payload=garbage, header=header)]


def header(thief):
    """A header that is no header."""
    _, row = current(thief)
    return [thief.forge("credentials", row, header=os.urandom(len(row["header"])))]


def empty(thief):
    _, row = current(thief)
    return [thief.forge("credentials", row, header=b"", payload=b"")]


def access_key(thief):
    known = hashlib.sha256(FORGED_KEY.encode()).digest()
    return [thief.forge("access_keys", thief.target("access_keys"), prefix="00000000", hash=known)]


def revoked_key(thief):
    row = thief.first("SELECT rowid AS rowid_, * FROM access_keys WHERE prefix = ?", thief.tenant.revoked.split("_")[1])
    return [thief.forge("access_keys", row, revoked_at=None)]


def certificate(thief):
    return [thief.forge("certificates", thief.target("certificates"), kid="of-the-thief", spki=os.urandom(32))]


def connector(thief):
    return [thief.forge("connectors", thief.target("connectors"), client_id="of-the-thief")]


def customer(thief):
    head, _ = current(thief)
    return [thief.forge("integrations", head, customer="of-the-thief")]


def client_secret(thief):
    row = thief.first(
        "SELECT rowid AS rowid_, * FROM sealed_secrets WHERE workspace = ? AND name LIKE 'connector/%'",
        thief.tenant.workspace)
    return [thief.forge("sealed_secrets", row, header=thief.resealed(row["header"], key=(24, os.urandom(32))))]


FORGERIES = {
    "a value": value, "a new version": version, "a data key": data_key, "a payload": payload, "a header": header,
    "nothing at all": empty, "an access key": access_key, "a revoked access key": revoked_key,
    "a certificate": certificate, "a connector": connector, "an integration": customer, "a client secret": client_secret,
}
