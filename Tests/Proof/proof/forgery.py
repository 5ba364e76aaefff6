"""What somebody makes who has docs/format.md and the public keys, and no other key."""

import hashlib
import os
import struct

from nacl import bindings
from nacl.public import PublicKey, SealedBox

from .interop import audit_chain

STOLEN = "a-value-of-the-attacker"


def lp(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(value)) + value


def blake2b(message):
    return hashlib.blake2b(message, digest_size=32).digest()


def forged_credential(attack, head, version):
    """The columns `generation`, `header` and `payload`: they open, and only the row's MAC is not to be had."""
    vault = attack.first("SELECT vault FROM vault")[0]
    key = attack.target("workspace_keys")
    names = (vault, head["workspace"], head["customer"], head["integration"], "credential")
    ctx_hash = blake2b(b"reseal/ctx/v1" + b"".join(map(lp, names)) + struct.pack("<Q", version))
    data_key, nonce = os.urandom(32), os.urandom(24)
    plaintext = bytes([1, 1]) + lp("api_key") + lp(STOLEN)
    padded = plaintext + b"\x80" + bytes(-(len(plaintext) + 1) % 64)
    payload = nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
        padded, b"reseal/pay/v1" + ctx_hash + bytes([1]), nonce, data_key)
    header = struct.pack("<BBHIQQ", 1, 1, 0, key["generation"], version, 1_800_000_000_000)
    header += data_key + ctx_hash + blake2b(b"reseal/ct/v1" + payload + ctx_hash)
    sealed = SealedBox(PublicKey(key["public_key"])).encrypt(header)
    return {"generation": key["generation"], "header": sealed, "payload": payload}


def chained(before, **said):
    """The columns of an audit entry that fits behind another, but for the signature."""
    entry = {name: before[name] for name in audit_chain.ENTRY} | {"sequence": before["sequence"] + 1} | said
    message = b"reseal/audit/v1" + before["hash"] + lp(audit_chain.entry_bytes(entry, []))
    return entry | {"hash": blake2b(message), "signature": None}
