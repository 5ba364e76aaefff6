"""The audit log as the document has it: followed by a second implementation, which must agree with the first."""

import base64
import json
import sqlite3

import audit_chain
import pytest
from test_interop import furnished


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
