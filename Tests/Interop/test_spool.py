"""The spool, written from its format's description: what lies in it is in no backup, and is not passed over."""

import json
import os
import struct
import time
import uuid

import format_v1 as v1
import pytest
from decode import Decoder

SINCE = 1_760_000_000_000


@pytest.fixture
def vault(new_vault):
    reseal = new_vault()
    reseal("init")
    reseal("workspace", "create", "--name", "spool")
    reseal.spool = reseal.folder / "vault.db.spool"
    reseal.spool.mkdir(mode=0o700)
    return reseal


def reply(reseal):
    """To a use that no row of this vault records, so that it stays where it is."""
    decoder = Decoder(reseal.database)
    decoder.unlock(("file",), reseal.key.read_bytes())
    body = b"".join([
        b"reseal/spool/v1", v1.lp(str(uuid.uuid4())), v1.lp("customer"), v1.lp(str(uuid.uuid4())),
        struct.pack("<QQQ", 1, 1, 1), v1.lp(bytes(32)), struct.pack("<QH", SINCE, 200), v1.lp("1:1:boot:1"),
        struct.pack("<QI", SINCE, 1), v1.lp(bytes(80)), v1.lp(bytes(80))])
    return body + v1.blake2b(b"reseal/tag/v1" + v1.lp("spool") + v1.lp(body), decoder.mac_key)


def put(reseal, name, content):
    path = reseal.spool / name
    path.write_bytes((struct.pack("<I", len(content)) + content).ljust(73_728, b"\0"))
    os.chmod(path, 0o600)


def finding(reseal, source=None):
    found = json.loads(reseal.run("doctor", "--format", "json", source=source).stdout)
    return next(finding for finding in found if finding["check"] == "spool")


def test_a_backup_without_a_reply_says_so(vault):
    put(vault, "waiting", reply(vault))
    done = vault.run("backup", "create", "--out", vault.folder / "copy.db", "--format", "json")
    assert done.returncode == 5 and json.loads(done.stdout)["omitted"] == 1
    assert b"without the replies" in done.stderr
    vault("backup", "verify", vault.folder / "copy.db")


def test_verify_and_doctor_count_what_waits(vault):
    put(vault, "waiting", reply(vault))
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(SINCE / 1000))
    assert vault.json("verify")["spool"] == {"replies": 1, "oldest": since, "strangers": 0}
    assert f"1 reply waits for the database, the oldest since {since}" in vault("verify")
    assert finding(vault)["level"] == "warn" and since in finding(vault)["message"]
    vault.key.write_bytes(os.urandom(32))
    assert finding(vault)["level"] == "warn", "also where the vault stays locked"


def test_what_is_no_reply_of_this_vault_is_told_apart(vault):
    put(vault, "torn", reply(vault)[:-1])
    assert vault.json("verify")["spool"] == {"replies": 0, "strangers": 1}
    assert finding(vault)["level"] == "warn" and "no replies of this vault" in finding(vault)["message"]
    done = vault.run("backup", "create", "--out", vault.folder / "copy.db", "--format", "json")
    assert done.returncode == 0 and json.loads(done.stdout)["omitted"] == 0
    assert b"no replies of this vault" in done.stderr
    assert (vault.spool / "torn").exists()
