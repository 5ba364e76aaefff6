"""The table without a MAC: whatever stands in it, a refresh may come early, late or never, and nothing else happens."""

import os
import shutil
import time
from contextlib import contextmanager

from .attack import Impossible, Unchecked
from .case import Case, Finding
from .edits import EXTREMES, BrokenText
from .estate import Estate
from .server import Client, Server
from .vault import integration_id, scratch

DEADLINE, SPINNING = 30, 0.5  # seconds; the second of CPU time, in one second of a server that has nothing to do
CLAIM = {"claim_owner": "somebody", "claim_until": 2**53}
EXPECTED = {
    ("refresh", "explain"): (0, 2, 4),
    ("refresh", "run"): (0, 1, 2, 4, 5, 6),  # 1: the attempt's number is taken, where a fence was set back
    ("refresh", "--due", "--max-seconds", "5"): (0, 4, 5, 6), ("verify",): (0, 4), ("status",): (0, 4),
}


class Schedules:
    name = "hostile storage: schedules"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            estate = Estate(folder)
            [*columns] = estate.past.rows("SELECT name, type FROM pragma_table_info('schedules')")
            yield [
                Case(
                    f"{column} to {what}",
                    lambda column=column, what=what, extreme=extreme: attacked(
                        estate, folder / f"{column}-{what}".replace(" ", "-"), column, extreme))
                for column, kind in columns for what, extreme in EXTREMES[kind].items()
            ]


def attacked(estate, folder, column, extreme):
    """On the vault while its integrations are connected; their provider is gone, so no refresh comes through."""
    vault, finding = estate.past.copy(folder), Finding(faults=1)
    mine = connected(vault, estate.tenants[0])
    try:
        edit(vault, mine, column, extreme)
        for command, codes in EXPECTED.items():
            about = (mine, "--workspace", estate.tenants[0].workspace) if command[1:] in (("explain",), ("run",)) else ()
            outcome = vault.run(*command, *about, deadline=DEADLINE)
            finding.expect(outcome.code in codes and outcome.is_documented, outcome)
        serve(vault, estate, finding)
    except Impossible:
        return Finding(runs=0)
    finally:
        shutil.rmtree(folder)
    return finding


def connected(vault, tenant):
    [row] = vault.rows(
        "SELECT integration FROM schedules WHERE workspace = ? AND refresh_at IS NOT NULL", tenant.workspace)
    return row[0]


def edit(vault, mine, column, extreme):
    """All are due. A claim is whole, and of this boot, but for what is edited."""
    with Unchecked(vault) as attack:
        attack.db.execute("UPDATE schedules SET refresh_at = 1 WHERE refresh_at IS NOT NULL")
        row = attack.first("SELECT rowid AS rowid_, * FROM schedules WHERE integration = ?", mine)
        if column.startswith("claim"):
            with open("/proc/sys/kernel/random/boot_id") as boot:
                attack.set("schedules", row, claim_boot=boot.read().strip(), **CLAIM)
        value = extreme(row[column])
        if value == row[column]:
            raise Impossible("it is that already")
        attack.set("schedules", row, **{column: value})
        if isinstance(value, BrokenText):
            attack.db.execute(f"UPDATE schedules SET {column} = CAST({column} AS TEXT) WHERE rowid = ?", [row["rowid_"]])


def serve(vault, estate, finding):
    """With its scheduler: it does not end, does not spin, and serves what it has."""
    tenant = estate.tenants[0]
    with Server(vault, vault.log) as server:
        if finding.expect(server.address, f"it does not serve: {server.tail()}"):
            client, before = Client(server.address, tenant.key), seconds(server)
            time.sleep(1)  # how long it might spin
            spun = seconds(server) - before
            finding.expect(spun < SPINNING, f"the server spins: {spun:.2f} s of CPU time in a second")
            status, reply = client.get(integration_id(1))
            client.close()
            finding.expect((status, reply.get("api_key")) == (200, "new-value-0-1"), f"get: {status}")
    finding.expect(server.process.returncode == 0, f"serve: exit {server.process.returncode}: {server.tail()}")


def seconds(server):
    """CPU time of its process so far."""
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
