"""What an operator has: the doctor, the metrics, and refreshing from cron."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
INTEGRATION = "5ea1f00d-0000-4000-8000-000000000001"
MINUTE = 60_000


def wait_for(path, process):
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert process.poll() is None and time.monotonic() < end, f"{path.name} did not come"
        time.sleep(0.02)
    return path.read_text().strip()


class Process:
    """A process of the binary that says where it listens."""

    def __init__(self, binary, folder, name, *arguments):
        ready = folder / f"{name}.ready"
        ready.unlink(missing_ok=True)
        with (folder / f"{name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in (binary, *arguments, "--listen", "127.0.0.1:0", "--ready-file", ready)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.base = wait_for(ready, self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def get(self, path, **headers):
        request = urllib.request.Request(self.base + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return reply.headers, reply.read().decode()

    def turn(self, **switches):
        request = urllib.request.Request(self.base + "/switches", json.dumps(switches).encode(), method="PATCH")
        urllib.request.urlopen(request, timeout=PATIENCE).close()


@pytest.fixture
def sandbox(binary, tmp_path):
    with Process(binary, tmp_path, "sandbox", "sandbox", "--provider-out", tmp_path / "providers") as process:
        yield process


@pytest.fixture
def vault(new_vault, tmp_path, sandbox):
    """A vault with a connector to the sandbox and one integration, whose refresh is due. Its tokens are nobody's at the
    sandbox: refreshing them ends as the sandbox's switches say."""
    vault = new_vault()
    vault.providers = tmp_path / "providers"

    vault.options = ["--database", vault.database, "--root-key", vault.source, "--providers", vault.providers,
                     "--allow-private-addresses"]

    def run(*arguments, stdin=b"", source=None):
        return subprocess.run([str(part) for part in (vault.binary, *arguments, *vault.options)], input=stdin,
                              capture_output=True, timeout=PATIENCE)

    vault.run = run
    vault("init")
    vault("workspace", "create", "--name", "w")
    vault("connector", "add", "pump", "--provider", "sandbox", "--client-id", "sandbox-client", "--client-secret-file", "-",
          stdin=b"sandbox-secret")
    expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    vault("credential", "put", INTEGRATION, "--connector", "pump", "--customer", "customer-4711", "--kind", "oauth2",
          "--expires-at", expiry, stdin=json.dumps({"access_token": "a", "refresh_token": "r"}).encode())
    make_due(vault)
    return vault


def make_due(vault, minutes=1):
    with sqlite3.connect(vault.database) as database:
        database.execute("UPDATE schedules SET refresh_at = ?", (int(time.time() * 1000) - minutes * MINUTE,))


def findings(vault, code=0):
    done = vault.run("doctor", "--format", "json")
    assert done.returncode == code, (done.returncode, done.stderr.decode(), done.stdout.decode())
    return {finding["check"]: finding for finding in json.loads(done.stdout)}


# The doctor

def test_a_sound_vault_has_nothing_to_say_but_how_to_make_it_better(vault):
    found = findings(vault)
    assert {name for name, finding in found.items() if finding["level"] == "fail"} == set()
    assert found["root key"]["level"] == "warn", "the test keeps its key beside the database"
    assert all("remedy" in finding for finding in found.values() if finding["level"] != "ok")
    assert vault("doctor").splitlines()[0].startswith("ok ")


@pytest.mark.parametrize("check, level, spoil", [
    ("permissions", "fail", lambda vault: vault.database.chmod(0o640)),
    ("providers", "fail", lambda vault: vault.providers.chmod(0o777)),
    ("catalogue", "fail", lambda vault: shutil.rmtree(vault.providers) or vault.providers.mkdir()),
    ("schedule", "fail", lambda vault: make_due(vault, minutes=6)),
], ids=["permissions", "providers", "catalogue", "schedule"])
def test_what_is_wrong_is_found(vault, check, level, spoil):
    assert findings(vault)[check]["level"] == "ok"
    spoil(vault)
    assert findings(vault, code=6)[check]["level"] == level


def test_a_vault_that_stays_locked_is_still_looked_at_from_outside(vault):
    vault.key.write_bytes(os.urandom(32))
    done = vault.run("doctor", "--format", "json")
    assert done.returncode == 3
    assert {"permissions", "disk"} <= {finding["check"] for finding in json.loads(done.stdout)}


# Cron

def test_the_exit_codes_of_a_cron_run(vault, sandbox):
    line = ["refresh", "--due", "--quiet", "--max-seconds", "20", "--concurrency", "8"]
    sandbox.turn(fail_token=503)
    done = vault.run(*line)
    assert (done.returncode, done.stdout, done.stderr) == (5, b"", b""), "put off: nothing that cron would mail"
    assert vault.run(*line).returncode == 0, "nothing is due any more"
    sandbox.turn(fail_token=0, token_error="invalid_client")
    make_due(vault)
    done = vault.run(*line)
    assert done.returncode == 6 and done.stdout == b"" and b"need somebody" in done.stderr
    key = vault.key.read_bytes()
    vault.key.write_bytes(os.urandom(32))
    done = vault.run(*line)
    assert done.returncode == 3 and done.stdout == b"" and done.stderr
    vault.key.write_bytes(key)


def test_runs_that_overlap_need_no_lock_and_send_once(vault, sandbox):
    sandbox.turn(fail_token=503, slow_token_ms=1500)
    runs = [subprocess.Popen([str(part) for part in (
        vault.binary, "refresh", "--due", "--quiet", "--max-seconds", "20", *vault.options)]) for _ in range(4)]
    codes = sorted(run.wait(PATIENCE) for run in runs)
    assert codes[-1] == 5 and set(codes) <= {0, 5}, codes
    assert json.loads(sandbox.get("/statistics")[1])["token_requests"] == 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("cron"), reason="needs root and the Debian package cron")
def test_the_crontab_line_under_cron(vault, sandbox, tmp_path):
    """The shipped line, with our paths, run by a real cron in a name space of its own. Waits for the next minute."""
    sandbox.turn(fail_token=503)
    line = next(line for line in (ROOT / "packaging/cron/reseal").read_text().splitlines() if line.startswith("* "))
    command = line.replace("/usr/local/bin/reseal", str(vault.binary)).replace(" reseal ", " root ", 1)
    tab = tmp_path / "cron.d"
    tab.mkdir()
    (tab / "reseal").write_text(
        f"SHELL=/bin/sh\nRESEAL_DATABASE={vault.database}\nRESEAL_ROOT_KEY={vault.source}\n"
        f"RESEAL_PROVIDERS={vault.providers}\nRESEAL_ALLOW_PRIVATE_ADDRESSES=1\n{command}\n")
    (tab / "reseal").chmod(0o644)
    cron = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", f"mount --bind {tab} /etc/cron.d && exec cron -f -L 0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 100
        while json.loads(sandbox.get("/statistics")[1])["token_requests"] == 0:
            assert cron.poll() is None and time.monotonic() < end, "cron did not run it"
            time.sleep(0.5)
    finally:
        cron.terminate()
        cron.wait(PATIENCE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_units_are_what_systemd_understands(tmp_path):
    for unit in (ROOT / "packaging/systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/local/bin/reseal", "/bin/true"))
    units = [str(tmp_path / name) for name in ("reseal.service", "reseal-refresh.service", "reseal-refresh.timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "reseal" not in done.stderr, done.stderr


# Metrics

def families(server):
    headers, text = server.get("/metrics")
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(text)}, text


def test_the_metrics_are_read_by_prometheus_own_parser_and_name_nobody(vault, binary, tmp_path):
    with Process(binary, tmp_path, "serve", "serve", "--no-scheduler", *vault.options) as server:
        for path in (f"/v1/integrations/{INTEGRATION}/credential", "/no/such/customer-4711"):
            with pytest.raises(urllib.error.HTTPError):
                server.get(path)
        found, text = families(server)
        assert found["reseal_refreshes_due"].samples[0].value == 1
        assert found["reseal_refresh_overdue_seconds"].samples[0].value >= 60
        requests = {(s.labels["route"], s.labels["status"]): s.value
                    for s in found["reseal_http_requests"].samples if s.name == "reseal_http_requests_total"}
        assert requests[("/v1/integrations/{id}/credential", "401")] == 1, requests
        assert found["reseal_http_request_seconds"].type == "histogram"
        with sqlite3.connect(vault.database) as database:
            names = [name for row in database.execute(
                "SELECT integration, workspace, customer, connector FROM integrations") for name in row]
        names += ["pump", "customer-4711"]
        for name in names:
            assert name not in text, name
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get("/metrics", X_Forwarded_For="192.0.2.1")
        assert refused.value.code == 401


def test_refreshes_are_counted_by_outcome(vault, sandbox, binary, tmp_path):
    sandbox.turn(fail_token=503)
    with Process(binary, tmp_path, "serve", "serve", *vault.options) as server:
        end = time.monotonic() + PATIENCE
        while True:
            found, _ = families(server)
            samples = found["reseal_refreshes"].samples if "reseal_refreshes" in found else []
            if any(s.labels == {"outcome": "degraded", "reason": "temporarily_unavailable", "class": "X"} for s in samples):
                break
            assert time.monotonic() < end, samples
            time.sleep(0.1)
        unwell = {s.labels["state"]: s.value for s in found["reseal_integrations_unwell"].samples}
        assert unwell["degraded"] == 1


# The server

def test_connections_that_never_say_what_they_want_leave_files_for_the_vault(vault, sandbox, binary, tmp_path):
    sandbox.turn(fail_token=503)
    make_due(vault, minutes=-60)
    with Process("prlimit", tmp_path, "serve", "--nofile=192:192", binary, "serve", *vault.options) as server:
        address = urllib.parse.urlsplit(server.base)
        held = [socket.create_connection((address.hostname, address.port), PATIENCE) for _ in range(230)]
        for connection in held:
            connection.sendall(b"GET /livez HTTP/1.1\r\n")
        make_due(vault)
        end = time.monotonic() + PATIENCE
        while (reason := reason_of(vault)) is None and time.monotonic() < end:
            time.sleep(0.1)
        assert reason == "temporarily_unavailable", "the provider was reached, and what it said was stored"
        for connection in held:
            connection.close()
        server.get("/livez")


def reason_of(vault):
    with sqlite3.connect(vault.database) as database:
        return database.execute("SELECT reason_code FROM integrations").fetchone()[0]


OVERWRITING = ["glibc.malloc.perturb=170", "glibc.malloc.tcache_count=0"]


@pytest.mark.parametrize("given, becomes", [
    ("", OVERWRITING),
    ("glibc.malloc.arena_max=2", [*OVERWRITING, "glibc.malloc.arena_max=2"]),
    ("glibc.malloc.perturb=0", ["glibc.malloc.perturb=0"]),
], ids=["nothing", "another", "the contrary"])
def test_the_server_begins_anew_with_a_heap_that_is_overwritten(vault, binary, tmp_path, monkeypatch, given, becomes):
    monkeypatch.setenv("GLIBC_TUNABLES", given)
    with Process(binary, tmp_path, "serve", "serve", *vault.options) as server:
        server.get("/livez")
        proc = Path(f"/proc/{server.process.pid}")
        environment = (proc / "environ").read_text().replace("\0", ":")  # glibc itself cuts the list so
        assert re.findall(r"glibc\.[^:]*", environment) == becomes
        assert (proc / "comm").read_text() == "reseal\n"
