"""Makes Tests/SealingTests/Vectors/*.json from docs/format.md alone. Run once; the files never change afterwards.

Everything random is drawn from SHAKE-256 of a label, so a second run writes the same bytes:

    make_vectors.py FOLDER

The keys are in the files: they are test keys and protect nothing.
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys

import audit_chain
import format_v1 as v1
from nacl import bindings
from nacl.signing import SigningKey

WARNING = "Test keys, public on purpose. Never use them."
VAULT = "5ea1f00d-0000-4000-8000-000000000001"
WORKSPACE = "5ea1f00d-0000-4000-8000-0000000000aa"
INTEGRATION = "5ea1f00d-0000-4000-8000-0000000000bb"


def draw(label, count):
    return hashlib.shake_256(b"reseal test vectors/" + label.encode()).digest(count)


def aead_seal(plaintext, aad, key, label):
    nonce = draw(f"{label}/nonce", 24)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, nonce, key)


def box_seal(message, public_key, label):
    """crypto_box_seal with a known ephemeral key (libsodium, "Sealed boxes", algorithm details)."""
    ephemeral_secret = draw(f"{label}/ephemeral", 32)
    ephemeral_public = bindings.crypto_scalarmult_base(ephemeral_secret)
    nonce = hashlib.blake2b(ephemeral_public + public_key, digest_size=24).digest()
    return ephemeral_public + bindings.crypto_box(message, nonce, public_key, ephemeral_secret)


def pad(plaintext):
    return plaintext + b"\x80" + bytes(-(len(plaintext) + 1) % 64)


def encode_fields(fields):
    return bytes([1, len(fields)]) + b"".join(v1.lp(name) + v1.lp(value) for name, value in fields)


ROOT = draw("root", 32)


def generation(number):
    secret_key, mac_key = draw(f"generation/{number}/sk", 32), draw(f"generation/{number}/m", 32)
    public_key = bindings.crypto_scalarmult_base(secret_key)
    aad = v1.generation_aad(VAULT, WORKSPACE, number, public_key)
    wrapped = aead_seal(secret_key + mac_key, aad, v1.subkey(ROOT, "workspace_key"), f"generation/{number}")
    return {
        "number": number, "public_key": public_key, "secret_key": secret_key, "row_mac_key": mac_key, "wrapped": wrapped,
    }


def value(label, plaintext, number=1, version=1, customer="", integration="", name="credential"):
    context = {
        "vault": VAULT, "workspace": WORKSPACE, "customer": customer, "integration": integration, "name": name,
        "version": version,
    }
    keys, created_at = generation(number), 1_760_000_000_000
    data_key, ctx_hash = draw(f"{label}/data key", 32), v1.context_hash(**context)
    payload = aead_seal(pad(plaintext), b"reseal/pay/v1" + ctx_hash + b"\x01", data_key, label)
    ct_hash = v1.ciphertext_hash(payload, ctx_hash)
    header = struct.pack("<BBHIQQ", 1, 1, 0, number, version, created_at) + data_key + ctx_hash + ct_hash
    sealed = box_seal(header, keys["public_key"], label)
    reopened = v1.Generation(number, keys["secret_key"], keys["row_mac_key"])
    assert v1.open_value(reopened, number, sealed, payload, context, label) == plaintext
    return {
        "root_key": ROOT, "generation": keys, "context": context, "context_hash": ctx_hash, "created_at": created_at,
        "data_key": data_key, "ciphertext_hash": ct_hash, "header_plaintext": header, "header": sealed,
        "payload": payload, "plaintext": plaintext,
    }


def credential():
    fields = [("access_token", b"access-token-of-a-test"), ("refresh_token", "geheim-ü".encode()), ("token_type", b"")]
    made = value(
        "credential", encode_fields(fields), number=2, version=7, customer="kunde-ü", integration=INTEGRATION)
    return made | {"fields": [{"name": name, "value": value} for name, value in fields]}


def file_slot():
    kek, parameters = draw("kek", 32), b"\x00\x01parameters"
    wrapped = aead_seal(ROOT, v1.slot_aad(VAULT, "file-1", "file", parameters), kek, "slot")
    return {
        "vault": VAULT, "slot": "file-1", "kind": "file", "parameters": parameters, "kek": kek, "wrapped": wrapped,
        "root_key": ROOT,
    }


def passphrase_slot():
    passphrase, parameters = "sechs zufällige Wörter", struct.pack("<BQQ", 1, 3, 2**28) + draw("passphrase/salt", 16)
    kek = v1.passphrase_key(passphrase.encode(), parameters, "slot")
    wrapped = aead_seal(ROOT, v1.slot_aad(VAULT, "passphrase-1", "passphrase", parameters), kek, "passphrase slot")
    return {
        "vault": VAULT, "slot": "passphrase-1", "kind": "passphrase", "parameters": parameters,
        "passphrase": passphrase.encode(), "kek": kek, "wrapped": wrapped, "root_key": ROOT,
    }


def recovery_slot():
    secret_key = draw("recovery", 32)
    public_key = bindings.crypto_scalarmult_base(secret_key)
    return {
        "recovery_secret_key": secret_key, "recovery_public_key": public_key,
        "wrapped": box_seal(ROOT, public_key, "recovery"), "root_key": ROOT,
    }


def proven_recovery_slot():
    secret_key, slot = draw("recovery", 32), "recovery"
    public_key, proof_key = bindings.crypto_scalarmult_base(secret_key), v1.kdf(secret_key, 1)
    aad = v1.vault_aad("recovery", VAULT) + v1.lp(slot)
    parameters = aead_seal(proof_key, aad, v1.subkey(ROOT, "recovery_proof"), "recovery parameters")
    box = box_seal(ROOT, public_key, "recovery")
    return {
        "vault": VAULT, "slot": slot, "kind": "recovery", "parameters": parameters,
        "recovery_secret_key": secret_key, "recovery_public_key": public_key,
        "wrapped": box + v1.recovery_proof(proof_key, VAULT, slot, parameters, box), "root_key": ROOT,
    }


def wraps():
    """What R wraps beside the generations, which the values' vectors have."""
    audit_key = SigningKey(draw("audit/1", 32))
    kinds = {
        "vault_mac": ("mac", draw("vault mac", 32), b""), "fingerprint": ("fingerprint", draw("fingerprint", 32), b""),
        "audit": ("audit-key", bytes(audit_key), struct.pack("<Q", 1) + bytes(audit_key.verify_key)),
        "check": ("check", b"reseal", b""),
    }
    return {
        "root_key": ROOT,
        "wraps": [
            {
                "number": v1.PURPOSES[purpose], "plaintext": plaintext, "associated_data": v1.vault_aad(name, VAULT) + rest,
                "wrapped": aead_seal(plaintext, v1.vault_aad(name, VAULT) + rest, v1.subkey(ROOT, purpose), f"wrap/{name}"),
            }
            for purpose, (name, plaintext, rest) in kinds.items()
        ],
        "refresh_token": b"refresh-token-of-a-test", "fingerprint": v1.blake2b(b"refresh-token-of-a-test", draw("fingerprint", 32)),
    }


def audit_log():
    """An export of six entries in three transactions, under two keys, and the digest of the row that a change names."""
    signers = [SigningKey(draw(f"audit/{number}", 32)) for number in (1, 2)]
    columns = [WORKSPACE, "w\u00fc", "[]", "{}", 1760000000000]
    digest = v1.blake2b(b"reseal/digest/v1" + v1.lp("workspaces") + b"".join(map(v1.column, columns)))
    told = [{"row_table": "workspaces", "row_key": WORKSPACE, "digest": digest}]
    gone = [{"row_table": "root_slots", "row_key": "file-1", "digest": None}]
    chain, lines = v1.blake2b(b"reseal/audit/v1" + v1.lp(VAULT)), []
    entries = [("vault.init", None, [], 1, False), ("workspace.create", WORKSPACE, told, 1, True), ("audit.key", None, [], 1, True),
               ("credential.open", WORKSPACE, [], 2, False), ("root.remove-slot", None, gone, 2, True), ("vault.verify", None, [], 2, True)]
    for sequence, (action, workspace, changes, number, is_signed) in enumerate(entries, 1):
        entry = {"sequence": sequence, "at": 1760000000000 + sequence, "workspace": workspace, "actor": "command-line",
                 "action": action, "subject": f"subject/{sequence}", "detail": '{"a":"\u00fc","b":"2"}', "key_number": number}
        chain = v1.blake2b(b"reseal/audit/v1" + chain + v1.lp(audit_chain.entry_bytes(entry, changes)))
        head = b"reseal/audit/head/v1" + v1.lp(VAULT) + audit_chain.i64(sequence) + chain
        lines.append({
            **entry, "hash": chain, "signature": signers[number - 1].sign(head).signature if is_signed else None,
            "changes": [{"table": c["row_table"], "key": c["row_key"], "digest": c["digest"]} for c in changes],
        })
    public = [bytes(signer.verify_key) for signer in signers]
    endorsed = b"reseal/audit/key/v1" + v1.lp(VAULT) + audit_chain.i64(2) + audit_chain.i64(4) + public[1]
    first_key = "reseal_audit_" + base64.urlsafe_b64encode(public[0]).decode().rstrip("=")
    keys = [{"key": 1, "first_sequence": 1, "public_key": public[0]},
            {"key": 2, "first_sequence": 4, "public_key": public[1], "endorsement": signers[0].sign(endorsed).signature}]
    export = [{"vault": VAULT, "audit_public_key": first_key}, *keys, *lines]
    return {
        "first_key": first_key, "head": f"6:{chain.hex()}", "digest": digest,
        "export": [json.dumps(without_nulls(jsonable(line)), ensure_ascii=False, separators=(",", ":")) for line in export],
    }


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def row_macs():
    key = draw("row mac", 32)
    rows = [
        ("empty", []), ("null", [None]), ("text", ["a"]), ("empty_text", [""]), ("empty_blob", [b""]),
        ("integers", [0, -1, 2**63 - 1, -(2**63)]), ("mixed", ["ü", None, 7, b"\x00\xff", ""]),
    ]
    kinds = {int: "integer", str: "text", bytes: "blob", type(None): "null"}

    def shown(column):
        return {"type": kinds[type(column)], "value": str(column) if isinstance(column, int) else column}

    return {
        "key": key,
        "rows": [
            {
                "layout": layout, "table": table, "columns": [shown(column) for column in columns],
                "mac": v1.row_mac(key, layout, table, columns),
            }
            for layout, (table, columns) in enumerate(rows, start=1)
        ],
    }


VECTORS = {
    "value-empty": lambda: value("empty", b"", name="connector/5ea1f00d/client_secret"),
    "value-one-byte": lambda: value("one byte", b"\x80", name="attempt/5ea1f00d/pkce"),
    "value-63-bytes": lambda: value("63", draw("63/plaintext", 63), name="refresh/9/landed", version=2**64 - 1),
    "value-64-bytes": lambda: value("64", bytes(64), number=2, name="refresh/10/landed"),
    "value-credential": credential,
    "slot-file": file_slot,
    "slot-passphrase": passphrase_slot,
    "slot-recovery": recovery_slot,
    "slot-recovery-proven": proven_recovery_slot,
    "row-mac": row_macs,
    "wraps": wraps,
    "audit-log": audit_log,
}


def jsonable(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    return [jsonable(item) for item in value] if isinstance(value, list) else value


def main(folder):
    for name, make in VECTORS.items():
        vector = {"name": name, "warning": WARNING} | jsonable(make())
        (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(vector, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
