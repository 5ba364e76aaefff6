"""What programs read: names in snake_case, numbers as numbers."""

import re

import pytest
from test_backup import put

FREE = {"rows", "generations", "tables"}  # their keys are tables, workspaces and generations


@pytest.fixture
def vault(new_vault):
    reseal = new_vault()
    reseal("init")
    reseal.workspace = reseal.json("workspace", "create", "--name", "output")["workspace"]
    reseal("connector", "add", "key", "--provider", "interop-key")
    put(reseal, b"one")
    return reseal


def names(document):
    if isinstance(document, list):
        return {name for item in document for name in names(item)}
    if not isinstance(document, dict):
        return set()
    return set(document) | {name for key, value in document.items() if key not in FREE for name in names(value)}


def test_names_and_numbers(vault):
    backup = vault.json("backup", "create", "--out", vault.folder)
    vault("key", "rotate")
    documents = {
        "backup create": backup, "backup verify": vault.json("backup", "verify", backup["file"]),
        "verify": vault.json("verify"), "status": vault.json("status"), "audit verify": vault.json("audit", "verify"),
        "audit tail": vault.json("audit", "tail"), "integration list": vault.json("integration", "list"),
        "key list": vault.json("key", "list"), "key status": vault.json("key", "status"),
        "workspace show": vault.json("workspace", "show", vault.workspace),
    }
    for command, document in documents.items():
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names(document)), command
    for command, number in (
        ("backup create", "quarantined"), ("backup create", "bytes"), ("audit verify", "entries"), ("audit verify", "keys"),
        ("audit verify", "pruned_through"), ("verify", "left_behind"), ("verify", "opened"),
    ):
        assert type(documents[command][number]) is int, f"{command}: {number}"
    assert type(documents["integration list"][0]["version"]) is int and type(documents["key list"][0]["generation"]) is int


def test_what_a_workspace_keeps_and_records_is_shown(vault):
    assert "record_every_opening" not in vault.json("workspace", "show", vault.workspace)
    for flag, shown in (("--record-every-opening", "yes"), ("--no-record-every-opening", "no")):
        vault("workspace", "update", vault.workspace, flag, "--keep-days", "7")
        found = vault.json("workspace", "show", vault.workspace)
        assert found["record_every_opening"] == shown and found["keep_days"] == 7
