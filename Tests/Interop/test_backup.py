"""Backups by the command, as an operator makes, checks and restores them; and a restore that is killed."""

import hashlib
import json
import pathlib
import random
import signal
import subprocess
import uuid

import pytest

KEY = str(uuid.UUID(int=7))


@pytest.fixture
def vault(new_vault):
    reseal = new_vault()
    reseal("init")
    reseal("workspace", "create", "--name", "backup")
    reseal("connector", "add", "key", "--provider", "interop-key")
    for secret in (b"one", b"two"):
        put(reseal, secret)
    reseal.access = reseal("access-key", "create", "--role", "use").split()[-1]
    return reseal


def put(reseal, secret):
    reseal("credential", "put", KEY, "--connector", "key", "--customer", "c", "--kind", "api_key", stdin=secret)


def run(reseal, *arguments, database=None):
    """Exit code, standard output and standard error of the command on another database."""
    options = ["--database", database or reseal.database, "--root-key", f"file:{reseal.key}"]
    done = subprocess.run(
        [reseal.binary, *map(str, arguments), *map(str, options)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def made(reseal):
    return pathlib.Path(reseal.json("backup", "create", "--out", reseal.folder)["file"])


def test_the_manifest_describes_the_file(vault):
    file = made(vault)
    manifest = json.loads(pathlib.Path(f"{file}.manifest.json").read_text())["backup"]
    content = file.read_bytes()
    assert manifest["snapshot"] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert manifest["tables"]["credentials"] == 2 and manifest["quarantined"] == []
    assert run(vault, "backup", "verify", file)[0] == 0


def test_a_changed_backup_is_refused_and_quarantine_serves_nothing_of_it(vault):
    file = made(vault)
    content = bytearray(file.read_bytes())
    at = content.index(b"api_key")
    content[at : at + 7] = b"API_KEY"
    file.write_bytes(content)
    code, out, err = run(vault, "backup", "verify", file)
    assert code == 4 and "DOES NOT" in out and "not sound" in err
    new = vault.folder / "new.db"
    assert run(vault, "backup", "restore", file, "--yes", database=new)[0] == 4
    assert not new.exists()


def test_a_restored_vault_waits_for_confirmation_and_counts_on_above(vault):
    file, new = made(vault), vault.folder / "new.db"
    assert run(vault, "backup", "restore", file, "--yes")[0] == 1, "over a live vault"
    assert run(vault, "backup", "restore", file, database=new)[0] == 2, "without a terminal it asks nobody"
    code, out, _ = run(vault, "backup", "restore", file, "--dry-run", database=new)
    assert code == 0 and "would" in out and not new.exists()
    assert run(vault, "backup", "restore", file, "--yes", database=new)[0] == 0
    vault.database = new
    assert vault.json("access-key", "list")[0]["disabled_at"]
    vault("backup", "confirm", "--yes")
    assert "disabled_at" not in vault.json("access-key", "list")[0]
    assert json.loads(vault("credential", "get", KEY, "--reveal", "--format", "json"))["api_key"] == "two"
    put(vault, b"three")
    assert [row["version"] for row in vault.json("credential", "history", KEY)] == [1, 2, 2**32 + 1]
    vault("credential", "rollback", KEY, "--to", "1", "--yes")
    assert json.loads(vault("credential", "get", KEY, "--reveal", "--format", "json"))["api_key"] == "one"
    assert vault.json("verify")["problems"] == []


@pytest.mark.parametrize("verb", ["create", "restore"])
def test_killed_at_any_moment_it_leaves_nothing_or_the_whole(vault, verb):
    rng = random.Random(verb)
    source = made(vault)
    seen = set()
    for number in range(25):
        target = vault.folder / f"{verb}-{number}.db"
        if verb == "create":
            arguments, database = ["backup", "create", "--out", target], vault.database
        else:
            arguments, database = ["backup", "restore", source, "--yes"], target
        process = subprocess.Popen(
            [vault.binary, *map(str, arguments), "--database", database, "--root-key", f"file:{vault.key}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0, 0.3))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        seen.add(target.exists())
        if target.exists():
            check = ["backup", "verify", target] if verb == "create" else ["verify"]
            assert run(vault, *check, database=database)[0] == 0
        elif pathlib.Path(f"{target}.partial").exists():
            code, _, err = run(vault, *arguments, database=database)
            assert code == 1 and "left over" in err
    assert run(vault, "verify")[0] == 0
    assert run(vault, "backup", "verify", source)[0] == 0
    assert True in seen, "some runs got to their end"
