"""What the `reseal` command writes, the Python decoder opens: a live vault, byte for byte the documented format."""

import hashlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import uuid

import pytest

DECODER = pathlib.Path(__file__).with_name("decode.py")
CLIENT_SECRET = "client-secret-ß"
SECRETS = ["first-key", "schlüssel-ü€", "x" * 63, "y" * 64, "z" * 5000]


def decode(database, *key, expect=0):
    done = subprocess.run([sys.executable, DECODER, database, *key], capture_output=True, text=True, timeout=60)
    assert done.returncode == expect, done.stderr
    return json.loads(done.stdout) if expect == 0 else done.stderr


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def shared(new_vault):
    """For tests that change nothing."""
    return furnished(new_vault())


@pytest.fixture
def vault(new_vault):
    return furnished(new_vault())


def furnished(reseal):
    """A vault with five customers' API keys and a client secret."""
    reseal.printed = reseal("init")
    reseal.workspace = str(uuid.uuid4())
    reseal("workspace", "create", "--id", reseal.workspace, "--name", "interop")
    reseal("connector", "add", "key", "--workspace", reseal.workspace, "--provider", "interop-key")
    reseal(
        "connector", "add", "oauth", "--workspace", reseal.workspace, "--provider", "interop", "--client-id", "client",
        "--client-secret-file", "-", stdin=CLIENT_SECRET.encode())
    reseal.stored = {}
    for number, secret in enumerate(SECRETS):
        put(reseal, str(uuid.uuid4()), f"c{number}", secret)
    return reseal


def put(reseal, integration, customer, secret):
    reseal(
        "credential", "put", integration, "--workspace", reseal.workspace, "--connector", "key", "--customer", customer,
        "--kind", "api_key", stdin=secret.encode())
    reseal.stored[integration] = secret


def revealed(reseal, integration):
    """The values that the command shows, wherever in its JSON they stand."""
    found = reseal.json("credential", "get", integration, "--workspace", reseal.workspace, "--reveal")
    texts, queue = set(), [found]
    while queue:
        item = queue.pop()
        if isinstance(item, dict):
            queue += item.values()
        elif isinstance(item, list):
            queue += item
        elif isinstance(item, str):
            texts.add(item)
    return texts


def newest(report):
    versions = {}
    for credential in report["credentials"]:
        if credential["version"] > versions.get(credential["integration"], {"version": 0})["version"]:
            versions[credential["integration"]] = credential
    return versions


def test_both_read_the_same_values(shared):
    report = decode(shared.database, "--root-key", shared.key)
    assert {key: row["fields"] for key, row in newest(report).items()} == {
        integration: {"api_key": sha256(secret)} for integration, secret in shared.stored.items()
    }
    for integration, row in newest(report).items():
        assert row["kind"] == "api_key"
        assert set(row["fields"].values()) <= set(map(sha256, revealed(shared, integration)))


def test_client_secrets_open_too(shared):
    secret, = decode(shared.database, "--root-key", shared.key)["secrets"]
    assert secret["name"].startswith("connector/") and secret["name"].endswith("/client_secret")
    assert secret["sha256"] == sha256(CLIENT_SECRET)


def test_an_oauth_credential_has_the_fields_it_was_given(vault):
    integration, fields = str(uuid.uuid4()), {"access_token": "a" * 2000, "refresh_token": "r-ü", "token_type": "bearer"}
    vault(
        "credential", "put", integration, "--workspace", vault.workspace, "--connector", "oauth", "--customer", "o",
        "--kind", "oauth2", stdin=json.dumps(fields).encode())
    row = newest(decode(vault.database, "--root-key", vault.key))[integration]
    assert row["kind"] == "oauth2"
    assert row["fields"] == {name: sha256(value) for name, value in fields.items()}


def test_a_second_version_stands_beside_the_first(vault):
    integration, secret = next(iter(vault.stored.items()))
    put(vault, integration, "c0", "replaced")
    report = decode(vault.database, "--root-key", vault.key)
    hashes = {row["version"]: row["fields"]["api_key"] for row in report["credentials"] if row["integration"] == integration}
    assert hashes == {1: sha256(secret), 2: sha256("replaced")}


def test_the_recovery_key_opens_the_same(shared):
    line = next(word for word in shared.printed.split() if word.startswith("reseal_recovery_"))
    shared.recovery.write_text(line + "\n")
    assert decode(shared.database, "--recovery", shared.recovery) == decode(shared.database, "--root-key", shared.key)


def test_a_rotation_moves_everything(vault):
    before = decode(vault.database, "--root-key", vault.key)
    vault("key", "rotate", "--workspace", vault.workspace)
    after = decode(vault.database, "--root-key", vault.key)
    assert {row["generation"] for row in before["credentials"]} == {1}
    assert {row["generation"] for row in after["credentials"]} == {2}
    assert [row["fields"] for row in after["credentials"]] == [row["fields"] for row in before["credentials"]]
    vault("key", "retire", "1", "--workspace", vault.workspace, "--yes")
    retired = decode(vault.database, "--root-key", vault.key)
    assert retired["credentials"] == after["credentials"]


def test_a_rotation_away_from_leaked_keys_encrypts_everything_anew(vault):
    before = decode(vault.database, "--root-key", vault.key)
    vault("key", "rotate", "--workspace", vault.workspace, "--compromised")
    after = decode(vault.database, "--root-key", vault.key)
    assert {row["generation"] for row in after["credentials"]} == {2}
    assert [row["fields"] for row in after["credentials"]] == [row["fields"] for row in before["credentials"]]


def test_a_wrong_key_opens_nothing(shared, tmp_path):
    other = tmp_path / "other.key"
    other.write_bytes(bytes(32))
    assert "slot" in decode(shared.database, "--root-key", other, expect=3)


@pytest.mark.parametrize(
    "statement, named",
    [
        ("UPDATE credentials SET payload = zeroblob(104) WHERE customer = 'c1'", "credentials/"),
        ("UPDATE credentials SET scopes = 'all' WHERE customer = 'c1'", "credentials/"),
        ("UPDATE integrations SET customer = 'c2' WHERE customer = 'c1'", "integrations/"),
        ("UPDATE key_rings SET epoch = epoch + 1", "key_rings/"),
        ("UPDATE workspaces SET origins = '[\"https://evil.example\"]'", "workspaces/"),
        ("UPDATE workspace_keys SET public_key = zeroblob(32)", "workspace_keys/"),
        ("UPDATE workspace_keys SET created_at = 0", "workspace_keys/"),
        ("UPDATE transitions SET event = 'recovered'", "transitions/"),
        ("UPDATE events SET payload = '{}'", "events/"),
        ("UPDATE event_counters SET last = 0", "event_counters/"),
        ("UPDATE connectors SET provider = 'other'", "connectors/"),
        ("DELETE FROM credentials WHERE customer = 'c1'", "integrations/"),
    ],
)
def test_both_find_the_same_damage(shared, tmp_path, statement, named):
    copy = tmp_path / "copy.db"
    with sqlite3.connect(shared.database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute(statement)
    assert named in decode(copy, "--root-key", shared.key, expect=4)
    done = subprocess.run(
        [shared.binary, "verify", "--database", copy, "--root-key", f"file:{shared.key}"], capture_output=True, timeout=60)
    assert done.returncode == 4, done.stderr
