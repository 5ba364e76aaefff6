"""Every way to the root key, by the command alone; and the decoder finds the same ways from the document."""

import os
import pty
import secrets
import select
import signal
import sqlite3
import subprocess
import time

import pytest
from test_interop import decode

KEY = bytes(range(32))
PASSPHRASE = "sechs zufällige Wörter"


def private(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.fixture
def vault(new_vault):
    """A vault that is not there yet."""
    return new_vault()


def slots(vault, **how):
    return {slot["slot"]: slot["state"] for slot in vault.json("root", "slots", **how)}


def test_environment(vault, tmp_path):
    """The variable opens the vault once, and is gone from where the kernel shows it and from every child."""
    digits = secrets.token_hex(32)
    vault.environment["VAULT_KEY"], vault.source = digits, "env:VAULT_KEY"
    vault("init")
    assert "env:VAULT_KEY is the weakest" in vault.run("status").stderr.decode()
    seen = tmp_path / "seen"
    program = private(
        tmp_path / "program", f"#!/bin/sh\ncat /proc/$PPID/environ /proc/self/environ >'{seen}'\ncat '{vault.key}'\n".encode(),
        0o700)
    private(vault.key, KEY)
    assert vault.json("root", "add-slot", "--from", f"command:{program}") == {"slot": "command-1"}
    environment = seen.read_bytes()
    assert b"VAULT_KEY=" in environment and digits.encode() not in environment
    assert environment.count(b"VAULT_KEY=") == 1, "the child has none"
    os.environ["VAULT_KEY"] = digits
    try:
        report = decode(vault.database, "--env", "VAULT_KEY")
    finally:
        del os.environ["VAULT_KEY"]
    assert report == decode(vault.database, "--root-key", vault.key)
    vault.environment["VAULT_KEY"] = digits[:-1]
    assert "64 hex digits" in vault.refused(3, "status")
    del vault.environment["VAULT_KEY"]
    assert "is not set" in vault.refused(3, "status")


def test_systemd_credential(vault, tmp_path):
    private(tmp_path / "root", KEY, 0o440)
    vault.environment["CREDENTIALS_DIRECTORY"], vault.source = str(tmp_path), "systemd:root"
    vault("init")
    assert slots(vault) == {"recovery": "intact", "systemd-1": "opened"}
    assert decode(vault.database, "--root-key", tmp_path / "root")["rows"]["root_slots"] == 2
    vault.refused(3, "status", source="systemd:../root")
    private(tmp_path / "root", KEY, 0o444)
    assert "others" in vault.refused(3, "status")
    del vault.environment["CREDENTIALS_DIRECTORY"]
    assert "LoadCredential=root" in vault.refused(3, "status")


def test_command(vault, tmp_path):
    program = private(tmp_path / "program", b"#!/bin/sh\necho from the KMS >&2\nprintf %s 0123456789abcdef0123456789abcdef\n", 0o700)
    vault.source = f"command:{program}"
    vault("init")
    done = vault.run("root", "slots")
    assert done.returncode == 0 and b"from the KMS" in done.stderr
    decode(vault.database, "--root-key", private(tmp_path / "key", b"0123456789abcdef0123456789abcdef"))
    program.chmod(0o722)
    assert "others can change it" in vault.refused(3, "status")


def test_passphrase_file(vault, tmp_path):
    file = private(tmp_path / "passphrase", PASSPHRASE.encode() + b"\n")
    vault.source = f"passphrase:{file}"
    vault("init")
    assert decode(vault.database, "--passphrase", file)["rows"]["root_slots"] == 2
    with sqlite3.connect(vault.database) as hostile:
        hostile.execute("UPDATE root_slots SET parameters = zeroblob(33) WHERE kind = 'passphrase'")
    assert "parameters of the passphrase slot passphrase-1 are refused" in vault.refused(3, "status")
    decode(vault.database, "--passphrase", file, expect=3)


def test_passphrase_at_the_terminal(vault):
    """Asked twice when the slot is made, once when it opens; never shown."""
    options = ["--database", vault.database, "--root-key", "passphrase"]
    typed = [("New passphrase: ", PASSPHRASE), ("Again: ", PASSPHRASE)]
    code, shown = at_terminal([vault.binary, "init", *options], typed)
    assert code == 0, shown
    code, shown = at_terminal([vault.binary, "root", "slots", *options], [("Passphrase: ", "falschx\x7f\x15" + PASSPHRASE + "ü\x7f")])
    assert code == 0 and "passphrase-1" in shown, shown
    code, shown = at_terminal([vault.binary, "status", *options], [("Passphrase: ", "\x03")])
    assert code == 3 and "no passphrase was given" in shown
    code, shown = at_terminal([vault.binary, "init", *options, "--database", f"{vault.database}2"], [
        ("New passphrase: ", PASSPHRASE), ("Again: ", PASSPHRASE + "!")])
    assert code == 2 and "differ" in shown and not os.path.exists(f"{vault.database}2")
    done = subprocess.run(
        [vault.binary, "status", *options], capture_output=True, timeout=60, start_new_session=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 3 and b"no terminal" in done.stderr


def at_terminal(command, dialogue, deadline=60):
    """Runs a command with a terminal of its own; answers each prompt, then reads to the end."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], [str(part) for part in command])
    shown, answers, ends = b"", list(dialogue), time.monotonic() + deadline
    try:
        while time.monotonic() < ends:
            if answers and shown.decode(errors="replace").endswith(answers[0][0]):
                os.write(terminal, answers.pop(0)[1].encode() + b"\n")
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
        else:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(terminal)
        status = os.waitpid(child, 0)[1]
    text = shown.decode()
    assert not answers, f"it never asked {answers[0][0]!r}: {text}"
    assert PASSPHRASE not in text, "the passphrase was shown"
    return os.waitstatus_to_exitcode(status), text


def test_the_recovery_key_really_recovers(vault, tmp_path):
    """The key file is lost. What the recovery key opens gets a new key file, and then a new root key."""
    vault("init", "--recovery-out", vault.recovery)
    vault("workspace", "create", "--name", "kept")
    vault("root", "drill", "--source", f"recovery:{vault.recovery}")
    vault.key.unlink()
    vault.refused(3, "status")
    recovery, new = f"recovery:{vault.recovery}", f"file:{tmp_path}/new.key"
    assert vault.json("root", "add-slot", "--from", new, source=recovery) == {"slot": "file-2"}
    assert slots(vault, source=new) == {"file-1": "intact", "file-2": "opened", "recovery": "intact"}
    assert "file-1 (file)" in vault.refused(2, "root", "rekey", "--yes", source=new)
    done = vault.json("root", "rekey", "--yes", "--drop-slot", "file-1", source=new)
    assert done["epoch"] == 2 and done["kept"] == "file-2,recovery" and done["dropped"] == "file-1"
    for source in (new, recovery):
        assert [row["name"] for row in vault.json("workspace", "list", source=source)] == ["kept"]
    assert decode(vault.database, "--root-key", tmp_path / "new.key") == decode(
        vault.database, "--recovery", vault.recovery)


def test_a_leaked_key_file(vault, tmp_path):
    """Slot by slot to a new key, then a new root key; the old file and its old slot open nothing."""
    vault("init", "--recovery-out", vault.recovery)
    vault("workspace", "create", "--name", "w")
    new = f"file:{tmp_path}/new.key"
    vault("root", "add-slot", "--from", new, "--name", "new")
    assert "no other slot was proven" in vault.refused(2, "root", "remove-slot", "file-1", "--yes")
    assert "Say --yes" in vault.refused(2, "root", "remove-slot", "new")
    with sqlite3.connect(vault.database) as database:
        old, = database.execute("SELECT * FROM root_slots WHERE slot = 'file-1'").fetchall()
    said = vault.refused(
        6, "root", "rekey", "--yes", "--compromised", "--drop-slot", "file-1", "--slot-source", new)
    assert "rotate --compromised" in said
    status = vault.run("status", "--format", "json", source=new)
    assert status.returncode == 6 and b"rotate --compromised needed" in status.stdout
    vault.refused(3, "status")
    with sqlite3.connect(vault.database) as database:
        database.execute(f"INSERT INTO root_slots VALUES ({', '.join('?' * len(old))})", old)
    assert "does not open this vault" in vault.refused(3, "status")


def test_a_new_recovery_key_replaces_the_old_one(vault, tmp_path):
    vault("init", "--recovery-out", vault.recovery)
    new = tmp_path / "recovery.new"
    vault("root", "add-slot", "--recovery", "--recovery-out", new)
    assert new.stat().st_mode & 0o777 == 0o600
    vault.refused(3, "root", "drill", source=f"recovery:{vault.recovery}")
    assert vault.json("root", "drill", source=f"recovery:{new}")["slot"] == "recovery"
    vault.refused(1, "root", "add-slot")
    vault("root", "remove-slot", "file-1", "--dry-run")
    vault("root", "remove-slot", "file-1", "--yes", "--proven-by", f"recovery:{new}")
    assert "last slot" in vault.refused(2, "root", "remove-slot", "recovery", "--yes", source=f"recovery:{new}")
