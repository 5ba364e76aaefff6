"""The audit log as the document has it: followed by a second implementation, which must agree with the first."""

import base64
import json
import sqlite3
import subprocess

import audit_chain
import format_v1 as v1
import pytest
from nacl.signing import SigningKey
from test_interop import furnished


OTHERS = "at, workspace, actor, action, subject, detail, key_number, hash, signature"


@pytest.fixture
def vault(new_vault):
    return furnished(new_vault())


def first_key(reseal):
    line = next(word for word in reseal.printed.split() if word.startswith("reseal_audit_"))
    return line, base64.urlsafe_b64decode(line.removeprefix("reseal_audit_") + "=")


def alter(reseal, sql):
    """As somebody who writes the file: without the triggers, which are put back as they were."""
    db = sqlite3.connect(reseal.database)
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(sql)
    for _, text in triggers:
        db.execute(text)
    db.commit()
    db.close()


def test_both_follow_the_log_of_a_live_database_and_of_its_export(vault):
    text, key = first_key(vault)
    vault("key", "rotate", "--workspace", vault.workspace)
    exported = vault("audit", "export")
    head = audit_chain.of_export(exported, key)
    assert head == audit_chain.of_database(vault.database, key)
    report = vault.json("audit", "verify", "--public-key", text, "--head", head)
    assert report["head"] == head
    file = vault.folder / "log.jsonl"
    file.write_text(exported)
    assert vault.json("audit", "verify", "--export", file, "--public-key", text)["head"] == head


def test_a_follower_agrees_with_every_row(vault):
    vault("key", "rotate", "--workspace", vault.workspace)
    integration = next(iter(vault.stored))
    vault("integration", "suspend", integration, "--workspace", vault.workspace)
    db = sqlite3.connect(vault.database)
    identity = db.execute("SELECT vault FROM vault").fetchone()[0]
    db.close()
    assert audit_chain.compare_rows(vault.database, identity) == 20
    # The digest is over the ciphertext: a header that is damaged leaves it as it was, and the row in quarantine.
    alter(vault, "UPDATE credentials SET header = zeroblob(168) WHERE customer = 'c1'")
    vault.refused(4, "key", "rotate", "--workspace", vault.workspace)
    assert audit_chain.compare_rows(vault.database, identity) == 22
    alter(vault, "DELETE FROM integrations WHERE rowid = 1")
    with pytest.raises(audit_chain.Broken):
        audit_chain.compare_rows(vault.database, identity)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'nobody' WHERE sequence = 4",
        "DELETE FROM audit WHERE sequence = 4",
        "UPDATE audit_changes SET digest = zeroblob(32) WHERE sequence = 4",
        "UPDATE audit SET signature = NULL WHERE sequence = (SELECT max(sequence) FROM audit)",
        f"INSERT INTO audit SELECT 0, {OTHERS} FROM audit WHERE sequence = 4",
        f"INSERT INTO audit SELECT {-2**63}, {OTHERS} FROM audit WHERE sequence = 4",
        f"INSERT INTO audit SELECT {2**63 - 1}, {OTHERS} FROM audit WHERE sequence = 4",
        f"INSERT INTO audit_horizon VALUES (1, {2**63 - 1}, zeroblob(32), 1, 0, zeroblob(32))",
        "UPDATE audit_keys SET wrapped = NULL",
    ],
)
def test_both_find_what_was_altered(vault, sql):
    text, key = first_key(vault)
    alter(vault, sql)
    with pytest.raises(audit_chain.Broken):
        audit_chain.of_database(vault.database, key)
    with pytest.raises(AssertionError, match="does not verify"):
        vault("audit", "verify", "--public-key", text)


def test_openings_are_in_the_log_and_no_secret_is(vault):
    integration = next(iter(vault.stored))
    vault.json("credential", "get", integration, "--workspace", vault.workspace, "--reveal")
    exported = vault("audit", "export")
    entries = [json.loads(line) for line in exported.splitlines()]
    assert any(entry.get("action") == "credential.open" and integration in entry["subject"] for entry in entries)
    assert not any(secret in exported for secret in vault.stored.values())


def test_what_no_export_would_tell_of_is_not_exported(vault):
    alter(vault, "INSERT INTO audit_changes SELECT 9999, position, row_table, row_key, digest, layout, mac_generation, mac"
          " FROM audit_changes WHERE sequence = 4 LIMIT 1")
    assert "does not verify" in vault.refused(4, "audit", "export")


def test_a_rehearsal_follows_the_log_and_says_what_would_go(vault):
    prune = ("audit", "prune", "--before", "2100-01-01T00:00:00Z", "--dry-run")
    assert "nothing would be removed" in vault(*prune)
    alter(vault, "UPDATE audit SET actor = 'nobody' WHERE sequence = 4")
    assert "at entry 4" in vault.refused(4, *prune)


class Log:
    """A log that the second implementation writes: the lines of its export."""

    def __init__(self):
        self.vault, self.keys, self.entries = "11111111-1111-4111-8111-111111111111", [], []
        self.sequence, self.chain = 0, v1.blake2b(b"reseal/audit/v1" + v1.lp(self.vault))
        self.signer = None
        self.hand_over()
        self.first_key = bytes(self.signer.verify_key)

    def write(self, action="test"):
        self.sequence += 1
        entry = {
            "sequence": self.sequence, "at": 1, "workspace": None, "actor": "x", "action": action, "subject": "y",
            "detail": "{}", "key_number": len(self.keys)}
        self.chain = v1.blake2b(b"reseal/audit/v1" + self.chain + v1.lp(audit_chain.entry_bytes(entry, [])))
        head = b"reseal/audit/head/v1" + v1.lp(self.vault) + audit_chain.i64(self.sequence) + self.chain
        del entry["workspace"]
        self.entries.append(entry | {"changes": [], "hash": self.chain.hex(), "signature": self.signer.sign(head).signature.hex()})

    def hand_over(self):
        before, self.signer, number = self.signer, SigningKey.generate(), len(self.keys) + 1
        key = {"key": number, "first_sequence": self.sequence + 1, "public_key": bytes(self.signer.verify_key).hex()}
        if before:
            self.signer, after = before, self.signer
            self.write("audit.key")
            self.signer, key["first_sequence"] = after, self.sequence + 1
            message = (b"reseal/audit/key/v1" + v1.lp(self.vault) + audit_chain.i64(number)
                       + audit_chain.i64(key["first_sequence"]) + bytes(after.verify_key))
            key["endorsement"] = before.sign(message).signature.hex()
        self.keys.append(key)

    def export(self, **header):
        lines = [{"vault": self.vault, "audit_public_key": "any"} | header, *self.keys, *self.entries]
        return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def both(binary, tmp_path):
    """Follows an export with both; the head that they agree on, or None with the command's exit code."""

    def follow(log, **header):
        file = tmp_path / "log.jsonl"
        file.write_text(log.export(**header))
        key = "reseal_audit_" + base64.urlsafe_b64encode(log.first_key).decode().rstrip("=")
        command = [binary, "audit", "verify", "--export", file, "--public-key", key, "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        try:
            head = audit_chain.of_export(file.read_text(), log.first_key)
        except audit_chain.Broken:
            assert done.returncode in (2, 4), done.stderr
            return None, done.returncode
        assert json.loads(done.stdout)["head"] == head, done.stderr
        return head, done.returncode

    return follow


def long_log():
    log = Log()
    for _ in range(3):
        log.write()
        log.write()
        log.hand_over()
    return log


def test_both_follow_a_log_of_the_other_hand(both):
    log = long_log()
    assert both(log) == (f"9:{log.chain.hex()}", 0)


@pytest.mark.parametrize("kept", range(9))
def test_both_find_a_log_that_ends_before_its_last_key(both, kept):
    log = long_log()
    del log.entries[kept:]
    assert both(log) == (None, 4)


@pytest.mark.parametrize("through", [2**63 - 1, 2**53, 0, -1])
def test_both_refuse_a_horizon_at_no_entry(both, through):
    assert both(long_log(), horizon=f"{through}:{bytes(32).hex()}") == (None, 2)


def test_both_find_a_horizon_that_no_entry_names(both):
    log = long_log()
    horizon = f"3:{log.entries[2]['hash']}"
    del log.entries[:3]
    assert both(log, horizon=horizon) == (None, 4)
