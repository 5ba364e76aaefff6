"""A vault, or a part of one, made by somebody who has the victim's recovery public key and ids, and no secret of his.

It is put in the place of the victim's file. Whoever then opens it with his recovery key must be told that it is not his
vault: a value that he put into it would be the impostor's.
"""

import os
import shutil
from contextlib import contextmanager

from nacl import bindings
from nacl.signing import SigningKey

from .attack import Attack
from .case import Case, Finding
from .interop import audit_chain, unlocked, v1
from .vault import Vault, scratch
from .furnishing import furnished

PROOFS = {"without a proof": b"", "with a drawn proof": None}
LOCKED = 3


class Impostors:
    name = "hostile storage: impostor"

    @contextmanager
    def cases(self):
        with scratch() as folder:
            victim = furnished(folder / "victim")
            impostor = Vault(folder / "impostor", victim.providers).furnish()
            yield [
                Case(f"{what} {how}", lambda forge=forge, how=how: forge(victim, impostor, folder, how))
                for what, forge in FORGERIES.items() for how in PROOFS
            ]


def recovery_slot(root, public_key, how):
    """R for whoever has the recovery key, as anybody can seal it."""
    proof = PROOFS[how]
    return bindings.crypto_box_seal(root, public_key) + (os.urandom(32) if proof is None else proof)


def refused(vault, recovery):
    """With the recovery key nothing of it may be opened, and the answer is that the key does not fit."""
    finding = Finding(faults=1)
    for command in (("status",), ("workspace", "list"), ("root", "slots"), ("verify",)):
        outcome = vault.run(*command, "--root-key", f"recovery:{recovery}")
        finding.expect(outcome.code == LOCKED, f"with the recovery key: {outcome}")
    shutil.rmtree(vault.folder)
    return finding


def forged_slot(victim, _, folder, how):
    vault = victim.copy(folder / f"slot-{len(how)}")
    [public_key] = victim.rows("SELECT recovery_public_key FROM vault")[0]
    with Attack(vault) as attack:
        row = attack.first("SELECT rowid AS rowid_, * FROM root_slots WHERE kind = 'recovery'")
        attack.set("root_slots", row, wrapped=recovery_slot(os.urandom(32), public_key, how))
    return refused(vault, victim.recovery)


def forged_root(victim, _, folder, how):
    vault = victim.copy(folder / f"root-{len(how)}")
    with Forger(vault, os.urandom(32), os.urandom(32)) as forger:
        row = forger.first("SELECT rowid AS rowid_, * FROM vault")
        slot = forger.first("SELECT rowid AS rowid_, * FROM root_slots WHERE kind = 'recovery'")
        forger.replace("root_slots", slot, wrapped=recovery_slot(forger.root, row["recovery_public_key"], how))
        forger.replace(
            "vault", row, check_value=forger.wrapped("check", "check", b"reseal"),
            mac_key=forger.wrapped("vault_mac", "mac", forger.mac_key),
            fingerprint_key=forger.wrapped("fingerprint", "fingerprint", os.urandom(32)))
        for change in forger.db.execute("SELECT rowid AS rowid_, * FROM audit_changes").fetchall():
            forger.replace("audit_changes", change)
    return refused(vault, victim.recovery)


def forged_vault(victim, impostor, folder, how):
    vault = impostor.copy(folder / f"vault-{len(how)}")
    [public_key] = victim.rows("SELECT recovery_public_key FROM vault")[0]
    decoder = unlocked(vault)
    root, mac_key = decoder.root, decoder.mac_key
    decoder.db.close()
    with Forger(vault, root, mac_key) as forger:
        [slot] = forger.first("SELECT slot FROM root_slots WHERE kind = 'recovery'")
        forger.replace_and_log("vault", "1", recovery_public_key=public_key)
        forger.replace_and_log("root_slots", slot, wrapped=recovery_slot(root, public_key, how))
        forger.sign_log()
    for command in (("workspace", "list"), ("audit", "verify")):  # to him it is sound
        vault.do(*command)
    return refused(vault, victim.recovery)


FORGERIES = {
    "a recovery slot with another root key": forged_slot,
    "another root key and all that hangs on it": forged_root,
    "a whole vault": forged_vault,
}


class Forger(Attack):
    """Has a root key and a vault MAC key of his own."""

    def __init__(self, vault, root, mac_key):
        super().__init__(vault)
        self.root, self.mac_key = root, mac_key
        [self.id] = self.first("SELECT vault FROM vault")

    def wrapped(self, purpose, what, plaintext):
        nonce, key = os.urandom(24), v1.subkey(self.root, purpose)
        sealed = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, v1.vault_aad(what, self.id), nonce, key)
        return nonce + sealed

    def replace(self, table, row, **changed):
        """The row, changed, with a MAC under his key."""
        values = self.values(table, row) | changed
        mac = v1.row_mac(self.mac_key, values["layout"], table, [values[name] for name in v1.VAULT_TABLES[table]])
        self.set(table, row, **values | {"mac": mac})
        return values

    def replace_and_log(self, table, key, **changed):
        """The same, and the log tells of it as if it had always been so."""
        [primary] = self.key(table)
        row = self.first(f"SELECT rowid AS rowid_, * FROM {table} WHERE {primary} = ?", key)
        digest = audit_chain.digest(self.id, table, v1.VAULT_TABLES[table], self.replace(table, row, **changed))
        change = self.first(
            "SELECT rowid AS rowid_, * FROM audit_changes WHERE row_table = ? AND row_key = ? ORDER BY sequence DESC",
            table, key)
        self.replace("audit_changes", change, digest=digest)

    def sign_log(self):
        """The whole chain anew, with the audit key that his root key opens."""
        key = self.first("SELECT * FROM audit_keys")
        aad = b"reseal/audit-key/v1" + v1.lp(self.id) + audit_chain.i64(key["number"]) + key["public_key"]
        signer = SigningKey(v1.aead_open(key["wrapped"], aad, v1.subkey(self.root, "audit"), "audit_keys"))
        chain = v1.blake2b(b"reseal/audit/v1" + v1.lp(self.id))
        for entry in self.db.execute("SELECT rowid AS rowid_, * FROM audit ORDER BY sequence").fetchall():
            changes = self.db.execute(
                "SELECT * FROM audit_changes WHERE sequence = ? ORDER BY position", [entry["sequence"]]).fetchall()
            chain = v1.blake2b(b"reseal/audit/v1" + chain + v1.lp(audit_chain.entry_bytes(entry, changes)))
            head = b"reseal/audit/head/v1" + v1.lp(self.id) + audit_chain.i64(entry["sequence"]) + chain
            signature = entry["signature"] and signer.sign(head).signature
            self.set("audit", entry, hash=chain, signature=signature)
