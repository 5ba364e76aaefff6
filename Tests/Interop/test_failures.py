"""What a command does when it cannot write: to standard output, to a full disk, to a folder that is not there. Nothing ends
with 0 that was lost, nothing half-made is in the way, and the words say what to do."""

import os
import resource
import subprocess

import pytest

SMALL = 8 * 1024  # bytes, less than any database


@pytest.fixture
def vault(new_vault):
    """A vault that is not there yet."""
    return new_vault()


@pytest.fixture
def full(vault):
    """A vault with a credential, and its id."""
    vault("init")
    vault("workspace", "create", "--name", "w")
    vault("connector", "add", "key", "--provider", "interop-key")
    vault.integration = "5ea1f00d-0000-4000-8000-000000000001"
    vault(
        "credential", "put", vault.integration, "--connector", "key", "--customer", "c", "--kind", "api_key",
        stdin=b"the key itself")
    return vault


def unheard(vault, *arguments, out="/dev/full", **how):
    """Runs a command whose standard output takes nothing; what it said on standard error."""
    options = ["--database", vault.database, "--root-key", vault.source]
    with open(out, "wb", buffering=0) as descriptor:
        done = subprocess.run(
            [vault.binary, *map(str, [*arguments, *options])], stdout=descriptor, stderr=subprocess.PIPE, timeout=60, **how)
    said = done.stderr.decode()
    assert done.returncode == 1, f"reseal {' '.join(map(str, arguments))}: {done.returncode} {said}"
    assert "standard output cannot be written: " in said
    return said


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "export"), ("audit", "tail"), ("workspace", "list"), ("workspace", "list", "--format", "json"), ("verify",),
        ("key", "rotate"), ("key", "rotate", "--format", "json"), ("credential", "get", "5ea1f00d-0000-4000-8000-000000000001"),
        ("credential", "get", "5ea1f00d-0000-4000-8000-000000000001", "--reveal"),
        ("credential", "get", "5ea1f00d-0000-4000-8000-000000000001", "--reveal", "--format", "json"),
    ],
    ids=" ".join)
def test_output_that_is_lost_is_no_success(full, arguments):
    assert "No space left on device" in unheard(full, *arguments)


def test_help_that_is_lost_is_no_success(vault):
    unheard(vault, "--help")


def test_a_vault_whose_recovery_key_was_not_shown_is_not_there(vault):
    unheard(vault, "init")
    assert [path.name for path in vault.folder.iterdir()] == ["root.key"]
    unheard(vault, "init", "--recovery-out", vault.recovery)
    assert [path.name for path in vault.folder.iterdir()] == ["root.key"]
    vault("init", "--recovery-out", vault.recovery)
    vault("root", "drill", "--source", f"recovery:{vault.recovery}")


def test_a_recovery_key_that_was_not_shown_is_asked_for_again(full):
    assert "old recovery key opens nothing any more" in unheard(full, "root", "add-slot", "--recovery")
    full("root", "add-slot", "--recovery", "--recovery-out", full.recovery)
    full("root", "drill", "--source", f"recovery:{full.recovery}")


def test_an_access_key_that_was_not_shown_is_to_be_revoked(full):
    assert "revoke it" in unheard(full, "access-key", "create", "--role", "use")


def test_what_is_printed_with_closed_descriptors_does_not_go_into_the_database(full):
    for closed in ((1,), (0, 1), (0, 1, 2)):
        options = ["--database", full.database, "--root-key", full.source]
        done = subprocess.run(
            [full.binary, "workspace", "list", *map(str, options)], stderr=subprocess.PIPE, timeout=60,
            preexec_fn=lambda: [os.close(descriptor) for descriptor in closed])
        assert done.returncode == 1
    assert full.json("verify")["problems"] == []


def test_a_full_disk_leaves_no_half_made_vault(vault):
    options = ["--database", vault.database, "--root-key", vault.source, "--recovery-out", vault.recovery]
    done = subprocess.run(
        [vault.binary, "init", *map(str, options)], capture_output=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL)))
    assert done.returncode == 1 and b"is the disk full" in done.stderr
    assert [path.name for path in vault.folder.iterdir()] == ["root.key"]
    vault("init", "--recovery-out", vault.recovery)


def test_a_recovery_key_in_a_file_is_not_replaced(vault):
    vault.recovery.write_text("of another vault")
    assert f"there is {vault.recovery} already" in vault.refused(1, "init", "--recovery-out", vault.recovery)
    assert vault.recovery.read_text() == "of another vault" and not vault.database.exists()


def test_what_makes_no_slot_is_refused_and_nothing_is_locked(full, tmp_path):
    short, recovery = tmp_path / "short", tmp_path / "recovery"
    for path in (short, recovery):
        path.write_text("too short\n")
        path.chmod(0o600)
    for source, words in (
        (f"passphrase:{short}", "12 bytes or more"), (f"recovery:{recovery}", "add-slot --recovery makes a new one"),
        (f"file:{tmp_path}/none/key", "No such file or directory"), (f"file:{short}", "has 10 bytes"),
        ("command:/no/program", "No such file"), ("systemd:x", "LoadCredential"),
    ):
        said = full.refused(2, "root", "add-slot", "--from", source)
        assert words in said and "locked" not in said, said
    options = ["--database", full.database, "--root-key", full.source]
    done = subprocess.run(
        [full.binary, "root", "add-slot", "--from", "passphrase", *map(str, options)], capture_output=True, timeout=60,
        start_new_session=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and b"no terminal" in done.stderr and b"locked" not in done.stderr
    assert "file:PATH" in full.refused(1, "root", "add-slot", "--from", "nonsense")


def test_a_path_that_cannot_be_written_is_named(full):
    said = full.refused(1, "backup", "create", "--out", "/nonexistent/x.db")
    assert "/nonexistent/x.db" in said and "No such file or directory" in said
