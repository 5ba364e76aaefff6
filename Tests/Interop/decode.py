"""Opens a live database in format v1, read only, and prints what is inside as hashes.

    decode.py DATABASE --root-key FILE | --env NAME | --passphrase FILE | --recovery FILE

FILE of --root-key has the 32 bytes of a file, a systemd credential or a command; NAME the 64 hex digits of a variable.

Proves the MAC of every row, opens every sealed value, and prints JSON: field names with SHA-256 of each value, no value.
Exit: 0 all proven · 3 the key does not fit · 4 something is not what a vault writes, named on standard error.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import sqlite3
import sys

import format_v1 as v1
from format_v1 import Mismatch


class WrongKey(Exception):
    pass


class Decoder:
    def __init__(self, database):
        self.db = sqlite3.connect(f"{pathlib.Path(database).resolve().as_uri()}?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row
        self.db.execute("BEGIN")  # one snapshot for everything

    def rows(self, table):
        return self.db.execute(f"SELECT * FROM {table}").fetchall()

    def root_key(self, vault, kinds, key):
        """R from whichever slot of these kinds the key opens."""
        for slot in self.rows("root_slots"):
            if slot["kind"] not in kinds:
                continue
            try:
                return self.open_slot(vault, slot, key)
            except Mismatch:
                continue
        raise WrongKey("no slot opens with this key")

    @staticmethod
    def open_slot(vault, slot, key):
        if slot["kind"] == "recovery":
            return v1.recovery_open(slot["wrapped"], vault, slot["slot"], slot["parameters"], key, "root_slots")
        if slot["kind"] == "passphrase":
            key = v1.passphrase_key(key, slot["parameters"], "root_slots")
        aad = v1.slot_aad(vault, slot["slot"], slot["kind"], slot["parameters"])
        return v1.aead_open(slot["wrapped"], aad, key, "root_slots")

    def unlock(self, kinds, key):
        row = self.rows("vault")[0]
        self.vault, self.layout_minimum = row["vault"], row["layout_minimum"]
        self.root = self.root_key(self.vault, kinds, key)
        check_key = v1.subkey(self.root, "check")
        try:
            check = v1.aead_open(row["check_value"], v1.vault_aad("check", self.vault), check_key, "vault/check_value")
        except Mismatch:
            raise WrongKey("the check value does not open") from None
        if check != b"reseal":
            raise WrongKey("the check value is another one")
        mac_key = v1.subkey(self.root, "vault_mac")
        self.mac_key = v1.aead_open(row["mac_key"], v1.vault_aad("mac", self.vault), mac_key, "vault/mac_key")

    # --- macs

    def prove(self, table, columns, row, key, generation):
        what = f"{table}/{row[0]}"
        if list(row.keys()) != columns + ["layout", "mac_generation", "mac"]:
            raise Mismatch(f"{table}: columns")
        if row["mac_generation"] != generation or not self.layout_minimum <= row["layout"] <= 255:
            raise Mismatch(what)
        if v1.row_mac(key, row["layout"], table, [row[name] for name in columns]) != row["mac"]:
            raise Mismatch(what)

    def prove_vault_level(self):
        for table, columns in v1.VAULT_TABLES.items():
            for row in self.rows(table):
                self.prove(table, columns, row, self.mac_key, 0)
                yield table

    def rings(self):
        """The generations that may open rows, by workspace."""
        rings = {}
        for row in self.rows("key_rings"):
            what = f"key_rings/{row['workspace']}"
            states = v1.parse_ring(row["generations"], what)
            keys = {}
            for key in self.rows("workspace_keys"):
                if key["workspace"] != row["workspace"] or states.get(key["generation"]) not in v1.OPENING_STATES:
                    continue
                keys[key["generation"]] = v1.Generation.unwrap(
                    key["wrapped"] or b"", key["generation"], key["public_key"], self.root, self.vault, row["workspace"])
            if any(state in v1.OPENING_STATES and number not in keys for number, state in states.items()):
                raise Mismatch(what)
            rings[row["workspace"]] = keys
        return rings

    def prove_workspace_level(self, rings):
        for table, columns in v1.WORKSPACE_TABLES.items():
            for row in self.rows(table):
                generation = rings.get(row["workspace"], {}).get(row["mac_generation"])
                if generation is None:
                    raise Mismatch(f"{table}/{row[0]}")
                self.prove(table, columns, row, generation.mac_key, generation.number)
                yield table

    # --- values

    def open(self, table, row, rings, name):
        what = f"{table}/{row[0]}/{row['version']}"
        generation = rings[row["workspace"]].get(row["generation"])
        if generation is None:
            raise Mismatch(what)
        context = {
            "vault": self.vault, "workspace": row["workspace"], "customer": row["customer"],
            "integration": row["integration"], "name": name, "version": row["version"],
        }
        return v1.open_value(generation, row["generation"], row["header"], row["payload"], context, what), what

    def credentials(self, rings):
        for row in self.rows("credentials"):
            plaintext, what = self.open("credentials", row, rings, "credential")
            fields = v1.credential_fields(plaintext, what)
            yield {
                "integration": row["integration"], "version": row["version"], "workspace": row["workspace"],
                "customer": row["customer"], "kind": row["kind"], "generation": row["generation"],
                "fields": {name: hashlib.sha256(value).hexdigest() for name, value in fields},
            }

    def secrets(self, rings):
        for row in self.rows("sealed_secrets"):
            plaintext, _ = self.open("sealed_secrets", row, rings, row["name"])
            yield {
                "workspace": row["workspace"], "name": row["name"], "version": row["version"],
                "generation": row["generation"], "sha256": hashlib.sha256(plaintext).hexdigest(),
            }

    def require_heads(self):
        """What an integration points at is there and was current once."""
        for head in self.db.execute(
            "SELECT i.integration FROM integrations i LEFT JOIN credentials c ON c.integration = i.integration"
            " AND c.version = i.current_version AND c.state = 'committed' AND c.customer = i.customer"
            " AND c.workspace = i.workspace WHERE i.current_version IS NOT NULL AND c.version IS NULL"
        ):
            raise Mismatch(f"integrations/{head[0]}")

    def report(self):
        counts = {}
        for table in self.prove_vault_level():
            counts[table] = counts.get(table, 0) + 1
        rings = self.rings()
        for table in self.prove_workspace_level(rings):
            counts[table] = counts.get(table, 0) + 1
        self.require_heads()
        return {
            "vault": self.vault, "rows": counts,
            "credentials": list(self.credentials(rings)), "secrets": list(self.secrets(rings)),
        }


def recovery_key(path):
    text = pathlib.Path(path).read_text().strip()
    if not text.startswith(v1.RECOVERY_PREFIX):
        raise WrongKey("not a recovery key")
    return base64.urlsafe_b64decode(text.removeprefix(v1.RECOVERY_PREFIX) + "=")


def key(given):
    """The kinds of slot that the given source opens, and its key."""
    if given.root_key:
        return ("file", "systemd", "command"), pathlib.Path(given.root_key).read_bytes()
    if given.env:
        return ("env",), bytes.fromhex(os.environ[given.env])
    if given.passphrase:
        return ("passphrase",), pathlib.Path(given.passphrase).read_bytes().rstrip(b"\r\n")
    return ("recovery",), recovery_key(given.recovery)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--root-key", metavar="FILE")
    source.add_argument("--env", metavar="NAME")
    source.add_argument("--passphrase", metavar="FILE")
    source.add_argument("--recovery", metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        decoder = Decoder(given.database)
        decoder.unlock(*key(given))
        print(json.dumps(decoder.report(), indent=2))
    except WrongKey as error:
        print(f"decode: {error}", file=sys.stderr)
        return 3
    except (Mismatch, sqlite3.Error, UnicodeError, OverflowError, TypeError) as error:
        print(f"decode: {type(error).__name__}: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
